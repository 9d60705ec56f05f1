"""How the hard ledgers are written: synonyms, words in any order, typographical noise, and the book that applies them."""
# ruff: noqa: SIM905  # a list of words is easiest read as words; confusable letters are the point

import random
import unicodedata
from dataclasses import dataclass

from tests.evaluation import words
from tests.evaluation.book import Book

# one job in several wordings, none with a branch mark; by the category that staff would give it
WORKS = {
    "塗装": "外壁塗装 外壁塗替え 壁面の塗り替え 外装ペイント補修",
    "照明": "照明器具取替 LED照明への更新 電灯器具の交換 蛍光灯器具LED化",
    "空調": "空調機更新 エアコン取替 冷暖房機の交換 空調設備入替え",
    "防水": "屋上防水 屋根防水シート張替え 陸屋根漏水改修 屋上シート補修",
    "便所": "トイレ洋式化 便器取替え 便所改修 和式便器の洋式への交換",
    "床": "床張替え フロア材更新 床材貼り替え フローリング補修",
    "柵": "フェンス設置 外周柵新設 ネットフェンス取付け 防護柵設置",
    "舗装": "駐車場舗装 アスファルト打替え 駐車場路面補修 構内通路の舗装やり替え",
    "建具": "サッシ取替え 窓枠更新 アルミ建具交換 窓まわり改修",
    "給水": "給水管更新 水道管入替え 配管取替え 上水配管の布設替え",
}
GOODS = {
    "椅子": "事務用椅子の購入 オフィスチェアの購入 いすの更新 回転イス買入れ",
    "机": "事務机の購入 デスクの購入 執務用机の更新 つくえ買入れ",
    "パソコン": "パソコンの購入 ノートPC購入 業務用端末の更新 PC(ノート型)買入れ",
    "書架": "書架の購入 スチール棚購入 書庫用ラックの更新 本棚買入れ",
    "テント": "イベント用テントの購入 集会用天幕購入 組立式テントの更新 ワンタッチテント買入れ",
    "備蓄": "備蓄食料の購入 アルファ米購入 防災用保存食の更新 非常食買入れ",
    "ロッカー": "ロッカーの購入 更衣用ロッカー購入 衣類保管庫の更新 スチールロッカー買入れ",
}
SERVICES = {
    "草刈": "草刈業務委託 除草作業委託 敷地内刈払い業務 雑草除去作業",
    "清掃": "清掃業務委託 床面洗浄作業委託 館内クリーニング業務 ワックス掛け作業",
    "剪定": "樹木剪定業務委託 植木手入れ委託 枝払い作業 高木の刈込み業務",
    "入力": "データ入力業務委託 調査票入力委託 台帳電子化業務 パンチ入力作業",
    "運搬": "廃棄物運搬業務委託 不用品搬出委託 粗大ごみ収集運搬 什器の搬出処分",
}
FAMILIES = {"工事": WORKS, "施設修繕": WORKS, "物品購入": GOODS, "業務委託": SERVICES}
SIDES = "北側 南側 東側 西側 1階 2階 3階 中庭側 正面側 裏手".split()
_KANA = {
    unicodedata.normalize("NFKC", half): half
    for half in [
        *(chr(code) for code in range(0xFF66, 0xFF9E)),
        *(chr(code) + mark for code in range(0xFF76, 0xFF8F) for mark in "ﾞﾟ"),
    ]
}
_OCR = dict(zip("カロニーエタハト工力口二", "力口二一工夕八卜エカロニ", strict=True))


def wordings(rng: random.Random, category: str, number: int) -> list[str]:
    """One job in so many different wordings (of more than four: again from the first)."""
    family = rng.choice(sorted(FAMILIES[category]))
    said = FAMILIES[category][family].split()
    rng.shuffle(said)
    return [said[i % len(said)] for i in range(number)]


def composed(rng: random.Random, place: str, job: str, part: str = "") -> str:
    """Place, part and job in one of the orders in which people write them."""
    return rng.choice(
        [
            f"{place}{part}{job}",
            f"{job}({place}{part})",
            f"{place} {part}{job}",
            f"{place}における{part}{job}",
            f"{job} {place}{part}",
        ]
    )


def noisy(rng: random.Random, text: str, share: float) -> str:
    """The text, sometimes with other widths, with spaces, or as an OCR reads it."""
    if rng.random() >= share:
        return text
    kind = rng.choice(["wide", "kana", "spaces", "ocr"])
    if kind == "wide":
        return words.full(text).replace(" ", "　")
    if kind == "kana":
        return "".join(_KANA.get(letter, letter) for letter in text)
    places = rng.sample(range(1, len(text)), 1) if len(text) > 2 else []
    if kind == "spaces":
        return "".join(f"{' ' if i in places else ''}{letter}" for i, letter in enumerate(text))
    read = [i for i, letter in enumerate(text) if letter in _OCR]
    wrong = set(rng.sample(read, 1)) if read else set()
    return "".join(_OCR[letter] if i in wrong else letter for i, letter in enumerate(text))


@dataclass
class HardBook(Book):
    """A book with more places, whose titles are noisy."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._areas = [side + area for area in words.LABEL_AREAS for side in ("", "上", "下", "北", "南", "新")]
        self.rng.shuffle(self._areas)

    def title(self, text: str) -> str:
        return noisy(self.rng, super().title(text), self.shape.noise)

    def told(self, place: str) -> str:
        """The place as a title needs it: always where the ledger has no column for it, else two times in five."""
        return place if not self.shape.has("site") or self.rng.random() < 0.4 else ""
