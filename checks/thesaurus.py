"""What offices call one thing by several names: 空調, エアコン and 冷暖房 are one need, however a title words it.

Language, not law, and our own list: the everyday purchases and works of a public office. A word stands in one group only.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_GROUPS = (
    # building and equipment
    "空調 エアコン 冷暖房 空気調和 冷房 暖房 クーラー パッケージエアコン",
    "照明 電灯 蛍光灯 LED ランプ 電球",
    "窓 窓枠 窓まわり サッシ アルミ建具 ガラス戸 窓ガラス",
    "床 床材 床面 フローリング フロア フロア材 フロアタイル",
    "外壁 壁面 外装",
    "内装 クロス 壁紙 模様替え",
    "屋上防水 屋根防水 屋上シート 防水シート 防水",
    "給水 上水 水道管 給水管 配水管 配管",
    "排水 下水 汚水 排水管",
    "トイレ 便所 便器 手洗所 衛生器具",
    "フェンス 柵 防護柵 外周柵 ネットフェンス",
    "舗装 路面 アスファルト",
    "扉 ドア 建具 引戸 シャッター",
    "昇降機 エレベーター エレベータ",
    "受変電 キュービクル 変電",
    "消防用設備 消火 火災報知 自動火災報知 スプリンクラー",
    "防犯カメラ 監視カメラ 監視装置",
    "看板 案内板 サイン 表示板",
    "遊具 ブランコ すべり台",
    "側溝 水路 排水溝",
    "反射鏡 カーブミラー",
    # grounds
    "除草 草刈 草刈り 刈払い 刈払 雑草",
    "樹木 剪定 伐採 植栽 街路樹 枝払い 高木 植木 庭木 刈込み",
    "清掃 クリーニング 洗浄 床洗浄",
    "廃棄物 ごみ ゴミ 不用品 粗大ごみ 廃棄",
    # furniture and goods
    "椅子 いす イス チェア チェアー",
    "机 つくえ デスク テーブル",
    "ロッカー 更衣ロッカー 更衣用ロッカー 衣類保管庫",
    "書架 本棚 書棚 ラック スチール棚 棚 キャビネット 書庫",
    "カーテン ブラインド ロールスクリーン",
    "保存食 非常食 備蓄食 備蓄食料 防災食",
    "毛布 寝具 布団",
    "ベッド 簡易ベッド 寝台",
    "消毒 消毒液 アルコール 手指消毒",
    "マスク 感染防護具 防護服",
    "コピー用紙 複写用紙 PPC用紙",
    "トナー インク カートリッジ",
    # computers and print
    "パソコン PC 端末 ノートパソコン タブレット",
    "複写機 コピー機 複合機",
    "プリンタ プリンター 印字機",
    "サーバ サーバー サーバ機器",
    "ネットワーク LAN 通信配線",
    "パンフレット リーフレット チラシ ちらし 冊子 小冊子 しおり",
    "封筒 通知書 納付書",
    "広報紙 広報誌",
    # services
    "健康診断 健診 検診",
    "給食 調理 食器",
    "データ入力 パンチ入力 電子化 データ化 入力作業 入力委託",
)
NAMES = tuple(group.split()[0] for group in _GROUPS)  # each concept's name; at most 62, so that a set is one number
# Things that an office gets together when it furnishes a room.
OUTFIT = frozenset({"机", "椅子", "書架", "ロッカー", "カーテン"})
_CONCEPTS = {word: group.split()[0] for group in _GROUPS for word in group.split()}
# Words in which one of those names stands and means something else.
_OTHERS = re.compile(
    "窓口|臨床|病床|苗床|河床|温床|起床|離床|床屋|床下|床上|棚卸|棚田|机上|柵外|車いす|車イス|PC橋|PC桁|PC板|内装式"
)
_SHORT = 3  # katakana that end many longer words
_KANA, _LATIN = "ァ-ヶー", "A-Za-z"


def _whole(word: str) -> str:
    """The word, not as a piece of a longer one of its script: ラック is not in トラック, PC not in PCB; but スチールロッカー is one."""
    before = next((letters for letters in (_KANA, _LATIN) if re.match(f"[{letters}]", word)), "")
    before = "" if before == _KANA and len(word) > _SHORT else before
    after = next((letters for letters in (_KANA, _LATIN) if re.match(f"[{letters}]", word[-1])), "")
    return (f"(?<![{before}])" if before else "") + re.escape(word) + (f"(?![{after}])" if after else "")


def _grouped(words: Iterable[str]) -> str:
    """The longest name first; those that begin with one letter stand together, so that a letter which begins none costs little."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        groups.setdefault(word[0], []).append(_whole(word))
    return (
        f"(?=[{''.join(groups)}])(?:"
        + "|".join(f"(?={first})(?:{'|'.join(held)})" for first, held in groups.items())
        + ")"
    )


_BITS = {concept: 1 << bit for bit, concept in enumerate(NAMES)}


@lru_cache(maxsize=65_536)
def bits(concepts: frozenset[str]) -> int:
    """Concepts as one number, a bit for each."""
    return sum(_BITS[concept] for concept in concepts)


_WORDS = re.compile(_grouped(_CONCEPTS))


@lru_cache(maxsize=65_536)
def concepts(text: str) -> frozenset[str]:
    """The things that a title speaks of, each by the first name of its group.

    >>> sorted(concepts("冷暖房機の交換")), sorted(concepts("執務用デスク及びチェア"))
    (['空調'], ['机', '椅子'])
    >>> sorted(concepts("窓口案内業務")), sorted(concepts("窓ガラス交換"))
    ([], ['窓'])
    """
    return frozenset(_CONCEPTS[found] for found in _WORDS.findall(_OTHERS.sub(" ", text)))
