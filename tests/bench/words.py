"""What the ledgers of the bench are made of: words, and the figures of each category. Everything is invented."""

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_OTHER = (500_000, 1_000_000)


@dataclass(frozen=True)
class Category:
    """A kind of contract: its share, the median and spread (of the logarithm) of its price, what is done, its limits.

    ``limits`` are those of 少額随意契約 of a municipality, in yen, before 1 April 2025 and since.
    """

    name: str
    share: float
    median: int
    sigma: float
    actions: tuple[str, ...]
    limits: tuple[int, int] = _OTHER


_WORKS, _GOODS, _LEASES = (1_300_000, 2_000_000), (800_000, 1_500_000), (400_000, 800_000)
CATEGORIES = (
    Category(
        "業務委託",
        0.42,
        1_600_000,
        1.5,
        _words(
            "保守点検業務 清掃業務 警備業務 運営業務 研修業務 調査業務 運用支援業務 データ入力業務 計画策定業務 改修業務"
        ),
    ),
    Category("物品購入", 0.26, 700_000, 1.4, ("の購入", "の買入れ", "一式の購入", "の更新に伴う購入"), _GOODS),
    Category("工事", 0.10, 6_000_000, 1.5, ("改修工事", "補修工事", "更新工事", "撤去工事", "設置工事"), _WORKS),
    Category("施設修繕", 0.07, 900_000, 1.1, ("修繕", "部分修繕", "緊急修繕"), _WORKS),
    Category("物件の借入れ", 0.05, 900_000, 1.3, ("の賃貸借", "の借上げ", "賃貸借(再リース)"), _LEASES),
    Category("製造", 0.04, 500_000, 1.2, ("の製造", "の印刷製本"), _WORKS),
    Category("物品修繕", 0.03, 300_000, 1.0, ("の修理", "部品交換修理")),
    Category("設計・調査・測量", 0.02, 3_000_000, 1.1, ("実施設計業務", "改修設計業務", "調査測量業務")),
    Category("財産の売払い", 0.005, 400_000, 1.2, ("の売払い",), (300_000, 500_000)),
    Category("物件の貸付け", 0.005, 300_000, 1.0, ("の貸付け",), (300_000, 300_000)),
)

_BUREAUS = _words("総務 企画 財務 税務 市民 保健 福祉 子育て 環境 産業 都市計画 土木 教育 水道 消防 病院")
_SECTIONS = _words("総務課 庶務課 管理課 施設課 企画課 整備課 支援課 調整課")
DEPARTMENTS = [f"{bureau}局{section}" for bureau in _BUREAUS for section in _SECTIONS]

_PLACES = _words("中央 東 西 南 北 上町 下町 本町 大手 城山 浜 川端 桜丘 柳 松葉 竹園 梅田 朝日 光 千歳")
_HOUSES = _words("小学校 中学校 幼稚園 公民館 図書館 区役所 消防署 浄水場 体育館 公園")
SITES = [f"{place}{house}" for place in _PLACES for house in _HOUSES]

THINGS = _words(
    "空調設備 昇降機 消防用設備 受変電設備 給水設備 排水設備 自家発電機 電話交換機 複合機 業務用端末 サーバ機器 "
    "通信機器 住民情報システム 税務システム 財務会計システム 図書館システム 健康管理システム 防災行政無線 "
    "公用車 厨房機器 机・椅子 書架 照明器具 防火扉 屋上防水 外壁 便所 プール 遊具 街路樹 道路照明灯 "
    "側溝 舗装 橋りょう 下水道管 配水管 揚水ポンプ 水質 土壌 石綿 耐震 測量 健康診断 予防接種 広報紙 封筒 "
    "パンフレット 名簿 コピー用紙 文房具 医薬品 消毒液 作業服 図書 地図 燃料 電力量計 防犯カメラ 監視装置 "
    "備蓄食料 教材 楽器 カーテン 看板 標識 樹木 ごみ袋 計量器 検査機器 車両部品"
)

_SURNAMES = _words(
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 松本 井上 木村 林 清水 山崎 森 池田 "
    "橋本 阿部 石川 前田 藤田 小川 岡田 後藤 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦"
)
_TRADES = _words(
    "電気 設備 建設 工業 商店 商会 システム 情報 印刷 文具 造園 土木 測量 管工 通信 警備 ビル管理 環境 リース 薬品 "
    "自動車 計装 塗装 防災 機工 総研 データ 工務店 産業 物産"
)
_REGIONS = _words("東 西 南 北 中央 新 大和 日本 関東 東海 首都圏 みなと")
VENDORS = [
    f"{region}{surname}{trade}" for region in ("", *_REGIONS) for surname in _SURNAMES for trade in _TRADES
]  # 15,600
FORMS = {"(株){}": 0.45, "{}(株)": 0.40, "(有){}": 0.10, "{}(同)": 0.05}
