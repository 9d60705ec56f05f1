"""The vocabulary of the ledgers: offices, places, things, companies, and how people write branch marks."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

import random
from dataclasses import dataclass

BACKGROUND_AREAS = "中央 東 西 南 北 緑 桜 泉 松原 山手 港 本町 新町 旭 日の出 若葉 みどり 高砂 栄 末広".split()
LABEL_AREAS = (
    "平井東 葛西 船堀 瑞江 篠崎 鹿骨 一之江 春江 松江 小松川 上篠崎 二之江 清新 臨海 宇喜田 桜川 蛍池 刀根山 螢野 庄内 服部 曽根 "
    "原田 熊野 桜塚 上野 大池 箕輪 野畑 泉丘 緑地 寺内 高川 豊島 小曽根 安佐 可部 亀山 三入 口田 落合 深川 日浦 久地 府中 八郷 "
    "瓦会 柿岡 園部 東成井 恋瀬 葦穂 吉生 小幡 林 北ノ台 別所 亀川 朝日野 石垣 春木 境川 山の口 南立石 大平山 鶴見 明礬 浜脇"
).split()
SCHOOLS = "小学校 中学校".split()
PUBLIC = "公民館 図書館 保育所 消防署 浄水場 体育館 児童館 福祉センター 市民会館 クリーンセンター".split()
ROOMS = "第一会議室 第二会議室 事務室 応接室 更衣室 資料室 相談室 研修室 給湯室 多目的室 検査室 診察室".split()
THINGS = {  # for every category the things bought, each of which makes a title with the word behind it
    "工事": "渡り廊下新設 外構整備 防球ネット設置 体育館床改修 外壁補修 屋上防水改修 受変電設備更新 道路改良 側溝改修 舗装補修 区画線設置 反射鏡設置 "
    "フェンス更新 照明器具LED化 空調機更新 給水管更新 トイレ洋式化 手摺設置 擁壁補修 遊具更新 自動扉更新 駐車場整備",
    "施設修繕": "雨漏り 廊下床 外壁タイル 給水ポンプ 自動ドア 非常照明 排水管 換気設備 プールろ過機 体育館天井 放送設備 昇降口扉 窓サッシ 高圧ケーブル "
    "ボイラー 消火栓 受水槽 手洗い場 網戸 階段手摺",
    "物品購入": "パソコン端末 事務用椅子 会議用机 書庫 図書 理科教材 楽器 防災備蓄食 消毒液 医療用手袋 プリンタ シュレッダー 液晶モニタ 空気清浄機 非常用毛布 "
    "給食用食器 発電機 テント 掲示板 拡大鏡 血圧計 タブレット端末",
    "製造": "広報紙別冊 納税通知書用封筒 選挙啓発冊子 観光パンフレット 防災マップ 記念誌 窓口案内冊子 健診受診票 証明書用紙 ごみ分別表",
    "業務委託": "草刈 清掃 樹木剪定 データ入力 封入封緘 害虫駆除 建物点検 会場設営 資料電子化 アンケート集計 廃棄物運搬 受付案内 動画制作 研修運営 除雪 水質検査",
    "物件の借入れ": "複合機 パソコン端末 仮設トイレ 発電機 イベント用テント 測量機器 大型印刷機 サーバ機器 空調機 会議システム",
    "設計・調査・測量": "用地測量 地質調査 耐震診断 改修設計 交通量調査 境界確定測量",
    "物品修繕": "公用車 消防ポンプ車 給食調理機器 医療機器 印刷機 除雪車",
}
SUFFIX = {
    "工事": "工事",
    "施設修繕": "修繕",
    "物品購入": "の購入",
    "製造": "の印刷",
    "業務委託": "業務委託",
    "物件の借入れ": "の賃貸借",
    "設計・調査・測量": "業務",
    "物品修繕": "の修理",
}
_SURNAMES = "桐生 大河内 水無瀬 芦屋 久遠 鳥居 早瀬 榎並 塩谷 一色 葛城 三枝 東雲 伏見 蓮見 瀬戸口 天野 御堂 若狭 薬師寺 高遠 真壁 勅使河原 梶浦 設楽 稲垣 都筑 矢吹 二階堂 鵜飼".split()
_TRADES = "電設 工務店 建設 設備 管工 商店 事務機 文具 印刷所 造園 塗装 防水 興業 サービス リース 情報 測量 環境 清掃 産業".split()
_BACKGROUND_SURNAMES = (
    "山田 鈴木 高橋 田中 渡辺 伊藤 中村 小林 加藤 吉田 佐々木 松本 井上 木村 林 清水 斎藤 山口 池田 橋本 阿部 石川 前田 藤田 後藤 "
    "岡田 長谷川 村上 近藤 石井 遠藤 青木 坂本 福田 太田 西村 藤井 三浦 岡本 中島"
).split()
_BACKGROUND_TRADES = (
    "電機 設備 建設 工業 商事 商会 システムズ 情報サービス 印刷 文具 造園 土木 測量設計 管工 通信 警備 ビルサービス 環境 リース 薬品 自動車 "
    "計装 塗装 防災 エンジニアリング 総合研究所 データ 工務店 産業 物産"
).split()
_FULL = str.maketrans("0123456789()ABCDEFGH", "０１２３４５６７８９（）ＡＢＣＤＥＦＧＨ")
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"


def full(text: str) -> str:
    """Digits, brackets and letters as wide as kanji."""
    return text.translate(_FULL)


MARKS = (
    "sono",
    "bracket_sono",
    "bracket",
    "circled",
    "round",
    "section",
    "building",
    "letter",
    "roman",
    "place",
    "none",
)


def mark(kind: str, number: int, month: int = 4) -> str:
    """The branch mark of the n-th piece (from 1), as staff write it behind a title; some exist for few numbers only."""
    marks = {
        "sono": f"その{number}",
        "bracket_sono": f"(その{number})",
        "bracket": f"({number})",
        "round": f"(第{number}回)",
        "section": f" 第{number}工区",
        "month": f"({month}月分)",
        "none": "",
        "place": f"({ROOMS[(number - 1) % len(ROOMS)]})",
    }
    if kind == "circled":
        return CIRCLED[number - 1] if number <= len(CIRCLED) else f"({number})"
    if kind == "roman":
        return ROMAN[number - 1] if number <= len(ROMAN) else f"({number})"
    if kind in ("building", "letter") and number > 8:
        return f"({number})"
    return {"building": f"({'ABCDEFGH'[number % 9 - 1]}棟)", "letter": f" {'ABCDEFGH'[number % 9 - 1]}"}.get(
        kind
    ) or marks[kind]


@dataclass(frozen=True)
class Vendor:
    """A company: its name without the legal form, where the form stands, and its 法人番号."""

    core: str
    form: str
    front: bool
    number: str

    def spelled(self, spelling: str) -> str:
        """Its name in one of the spellings 株式会社, (株), ㈱, （株）."""
        short = {"株式会社": ("株式会社", "(株)", "㈱", "（株）"), "有限会社": ("有限会社", "(有)", "㈲", "（有）")}[
            self.form
        ]
        word = short[SPELLINGS.index(spelling)]
        return f"{word}{self.core}" if self.front else f"{self.core}{word}"


SPELLINGS = ("long", "bracket", "square", "wide")


def corporate_number(serial: int) -> str:
    """13 digits with the check digit of 平26財務省令70号2条 (law.md 9.2)."""
    body = f"{serial:012d}"
    total = sum(int(digit) * (1 if i % 2 == 0 else 2) for i, digit in enumerate(reversed(body)))
    return f"{9 - total % 9}{body}"


def companies(rng: random.Random, *, background: bool, first: int) -> list[Vendor]:
    """Every company of a ledger in random order; the labels' companies have names of their own."""
    surnames, trades = (_BACKGROUND_SURNAMES, _BACKGROUND_TRADES) if background else (_SURNAMES, _TRADES)
    cores = [surname + trade for surname in surnames for trade in trades]
    rng.shuffle(cores)
    return [
        Vendor(core, "株式会社" if rng.random() < 0.85 else "有限会社", rng.random() < 0.5, corporate_number(first + i))
        for i, core in enumerate(cores)
    ]
