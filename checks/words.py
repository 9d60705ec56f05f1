"""Japanese text as a person reads it: width, line breaks inside words, legal forms of companies."""

import re
import unicodedata

# Hyphens and dashes that registers use for one another (ー only between katakana is a letter, so it stays).
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))  # fmt: skip
_CJK = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WIDE = _CJK + r"()（）「」・、。"
_SPACE_IN_WORD = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])|(?<=[A-Za-z0-9]-)\s+(?=[A-Za-z0-9])")
_FORMS = (
    ("株式会社", "(株)"),
    ("有限会社", "(有)"),
    ("合同会社", "(同)"),
    ("合名会社", "(名)"),
    ("合資会社", "(資)"),
    ("一般財団法人", "(一財)"),
    ("公益財団法人", "(公財)"),
    ("一般社団法人", "(一社)"),
    ("公益社団法人", "(公社)"),
)
# IVS and other invisible marks that survive NFKC
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")


def narrow(text: str) -> str:
    """Compatibility-normalised (NFKC) text with one kind of dash and no invisible marks, for comparing only."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)


def mend(text: str) -> str:
    """The text without the spaces that a line break in a cell has left inside words; Latin words stay apart.

    >>> mend("エヌ・ティ・ティ・コミュニ ケーションズ(株)"), mend("GSS G-Net との 接続")
    ('エヌ・ティ・ティ・コミュニケーションズ(株)', 'GSS G-Netとの接続')
    """
    return _SPACE_IN_WORD.sub("", re.sub(r"\s+", " ", text)).strip()


def company(name: str) -> str:
    """A vendor's name for comparing: width, spaces and written-out legal forms made one; 前株 and 後株 still differ."""
    text = mend(narrow(name))
    for long, short in _FORMS:
        text = text.replace(long, short)
    return text


def code(ground: str) -> str:
    """A ground's code for comparing: （２）ｷ is (2)キ, and the kanji 力 that OCR reads for カ is カ."""
    return re.sub(r"\s+", "", narrow(ground)).replace("力", "カ")
