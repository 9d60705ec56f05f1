"""Japanese text as a person reads it: width, line breaks inside words, legal forms of companies."""

import re
import unicodedata
from functools import lru_cache

# Hyphens and dashes that registers use for one another (ー only between katakana is a letter, so it stays).
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))  # fmt: skip
_CJK = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WIDE = _CJK + r"()（）「」・、。"
_SPACE_IN_WORD = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])|(?<=[A-Za-z0-9]-)\s+(?=[A-Za-z0-9])")
_SPACES = re.compile(r"\s+")
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
    ("特定非営利活動法人", "(特非)"),
    ("社会福祉法人", "(社福)"),
)
_FORM = re.compile(r"\((?:株|有|同|名|資|一財|公財|一社|公社|特非|社福|財|社)\)|有限責任監査法人")
_BODIES = re.compile(r"法人|組合|協会|機構|事業団|公社|銀行|大学|連合会|商工会|センター")
# IVS and other invisible marks that survive NFKC
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
# Letters that stand for themselves: none is another's compatibility form, and none joins the one before it.
_PLAIN = re.compile(r"[ -~\u3041-\u3096ァ-ヺー\u3005\u3007\u4e00-\u9fff]*")


@lru_cache(maxsize=4096)  # one text is asked for again and again while a cell is read
def narrow(text: str) -> str:
    """Compatibility-normalised (NFKC) text with one kind of dash and no invisible marks, for comparing only."""
    if _PLAIN.fullmatch(text):  # NFKC and the dashes leave every one of these letters as it is
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)


def mend(text: str) -> str:
    """The text without the spaces that a line break in a cell has left inside words; Latin words stay apart.

    >>> mend("エヌ・ティ・ティ・コミュニ ケーションズ(株)"), mend("GSS G-Net との 接続")
    ('エヌ・ティ・ティ・コミュニケーションズ(株)', 'GSS G-Netとの接続')
    """
    text = _SPACES.sub(" ", text)
    return _SPACE_IN_WORD.sub("", text).strip() if " " in text else text  # each of them takes a space out


# What a branch office is called. A word of the first kind is one wherever it stands behind the name of a place; one of
# the second kind is often part of a company's own name (日本オフィス), so it must stand apart.
_OFFICE = r"(?:支店|支社|営業所|事業所|出張所)"
_APART = r"(?:支店|支社|営業所|事業所|出張所|オフィス|サービスセンター|サービスステーション|営業部|事業部|事業本部|本店|本社)"
# Prefectures, regions and the cities with a ward: where no space tells the company from its office, only these do.
_PLACES = (
    "北海道|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|東京|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重"
    "|滋賀|京都|大阪|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄"
    "|東北|関東|北関東|南関東|首都圏|甲信越|北陸|東海|中部|近畿|関西|中国|四国|九州|東日本|西日本|中日本"
    "|札幌|仙台|さいたま|川崎|横浜|相模原|浜松|名古屋|堺|神戸|北九州|盛岡|水戸|宇都宮|前橋|高崎|大宮|浦和|甲府|金沢|津|大津|高松"
    "|松山|松江|那覇"
)
_BEHIND_PLACE = re.compile(rf"^(?P<head>.{{2,}}?)(?:{_PLACES})+(?:第[一二三四]|中央|[東西南北])?{_OFFICE}長?$")
_BEHIND_SPACE = re.compile(rf"^(?P<head>.{{2,}}?)\s[^\s()]{{1,10}}{_APART}(?:長.*|\s.*)?$")
_BEHIND_FORM = re.compile(rf"^(?P<head>.+\((?:株|有|同|名|資)\))\s*[^()]{{1,12}}{_APART}(?:長.*|\s.*)?$")
# A person who signs for the company, and the words that introduce a member of a joint venture.
_SIGNER = re.compile(
    r"\s*(?:代表取締役|取締役社長|代表執行役|代表理事|代表社員|業務執行社員).*$|\s(?:代表者?|理事長|会長|社長|所長|支店長|支社長)\s.*$"
)
_MEMBER = re.compile(
    r"^(?:.*(?:共同企業体|コンソーシアム|JV)\s*)?(?:[(【\[](?:代表者?|代表企業|代表構成員|構成員)[)】\]]|(?:代表者|代表企業|代表構成員|構成員))\s*:?\s*(?=\S)"
)
VENTURE = re.compile(r"(?:共同企業体|共同提案体|設計共同体|コンソーシアム|JV|ＪＶ)$")
_IN_VENTURE = re.compile(r"共同企業体|共同提案体|設計共同体|コンソーシアム|(?:JV|ＪＶ)$")


@lru_cache(maxsize=65_536)
def company(name: str) -> str:
    """A vendor's name for comparing: the company itself, whatever its width, spaces, written-out form, office or letters.

    前株 and 後株 still differ. A branch office is its company; who signs for it and 「代表者」 of a joint venture are taken
    off. Letters that terminals and OCR confuse are made one, where no two names of companies can meet by it.

    >>> company("株式会社甲乙 東京支店"), company("甲乙㈱　代表取締役　氏名"), company("㈱シス テ厶")
    ('(株)甲乙', '甲乙(株)', '(株)システム')
    """
    return one_script(mend(_head_office(_short_form(name))))


def is_branch(name: str) -> bool:
    """Does the name go on to a branch office?

    >>> is_branch("甲乙㈱ 東京支店"), is_branch("株式会社甲乙")
    (True, False)
    """
    text = _short_form(name)
    return _head_office(text) != text


def _short_form(name: str) -> str:
    text = " ".join(narrow(name).split())
    if "代表" in text or "構成員" in text:  # one of them stands in all that _MEMBER finds
        text = _MEMBER.sub("", text)
    text = signer_off(text)
    if "会社" in text or "法人" in text:  # and one of these in each form
        for long, short in _FORMS:
            text = text.replace(long, short)
    return text


def signer_off(name: str) -> str:
    """The vendor's name without the person who signs for it: what may be shown.

    >>> signer_off("㈱甲乙 代表取締役 氏名")
    '㈱甲乙'
    """
    if not ("長" in name or "代表" in name or "社員" in name):  # one of them stands in all that _SIGNER finds
        return name
    return _SIGNER.sub("", name) or name


def is_venture(name: str) -> bool:
    """Does the name contain that of a joint venture?"""
    return _IN_VENTURE.search(name) is not None


def is_body(name: str) -> bool:
    """Is it certain from the name that this is a body, not a person?"""
    text = company(name)
    return bool(_FORM.search(text) or _BODIES.search(text))


def core(company_name: str) -> str:
    """What is left of a name for comparing without the legal form, wherever it stands: to find candidates, never to merge."""
    return _FORM.sub("", company_name)


def _head_office(text: str) -> str:
    for pattern in (_BEHIND_SPACE, _BEHIND_FORM, _BEHIND_PLACE):
        if pattern is _BEHIND_PLACE and not text.endswith(
            ("店", "社", "所", "長")
        ):  # one of them ends all that it finds
            break
        found = pattern.match(text)
        if found and len(core(found["head"]).strip()) > 1:
            text = found["head"]
    return text


# --- letters that are confused --------------------------------------------------------------------------------------
# Our own small tables. Each pair is safe because the folded name can be no other company's: the letters stand inside a
# word of the other script, or they are two forms of one character of which many terminals can write only one.

# 異体字 outside JIS X 0208 (NFKC leaves them) → the form inside it; Cyrillic letters that look Latin (law.md 12.4).
_FORMS_OF_ONE = str.maketrans(
    "髙﨑邉邊德濵桒槗𠮷瀨АВЕКМНОРСТХаеорсух·•‧∙",
    "高崎辺辺徳浜桑橋吉瀬ABEKMHOPCTXaeopcyx・・・・",
)
_OTHER_FORMS = frozenset(map(chr, _FORMS_OF_ONE))
_TO_KATAKANA = str.maketrans("力口二工一-夕卜厶へべぺ", "カロニエーータトムヘベペ")
_KATAKANA = "\u30a1-\u30fa\u30fc"
_IN_KATAKANA = re.compile(
    rf"(?<=[{_KATAKANA}])[力口二工夕卜](?=[{_KATAKANA}])"  # between two katakana: サイ二ング, メ力トロ
    r"|[力口二工夕卜](?=[ーァィゥェォッャュョ])"  # before a letter that begins no word: 口ーソン, 力ード
    rf"|(?<=[{_KATAKANA}])厶"  # a kanji that no name has: システ厶
    rf"|(?<=[ァ-ヂツ-ヲ])[一-](?=[{_KATAKANA}]|[)(]|$)"  # a vowel lengthened: サ一バ一, サ-バ-; never behind ン or ッ
    r"|(?<=[ァ-ヂツ-ヲ])-(?=[\u4e00-\u9fff])"  # the registers of ministries write センタ‐ throughout: ユ‐スリ‐ダ‐協会
    rf"|(?<![\u3041-\u3096])[へべぺ](?=[{_KATAKANA}])|(?<=[{_KATAKANA}])[へべぺ](?![\u3041-\u3096])"
)
_TO_KANJI = str.maketrans("エロニカ", "工口二力")
_MISREAD_IN_KATAKANA, _MISREAD_IN_KANJI = (
    frozenset("力口二工夕卜厶一-へべぺ"),
    frozenset("エロニカ"),
)  # each match holds one
_IN_KANJI = re.compile(
    rf"(?<![{_KATAKANA}])エ(?=[業務事芸房機作場学])"  # 甲乙エ業
    r"|(?<=[\u4e00-\u9fff])[ロニ](?=[\u4e00-\u9fff])"  # 川ロ建設, 第ニ設備
    rf"|(?<=[電水火])カ(?![{_KATAKANA}])"  # 模擬電カ
)
_CONFUSED = re.compile("[" + re.escape("".join(sorted(_OTHER_FORMS | _MISREAD_IN_KATAKANA | _MISREAD_IN_KANJI))) + "]")


def one_script(text: str) -> str:
    """Letters that OCR takes for those of another script, where the word around them tells which is meant: クリ一ン, シス テ厶."""
    if not _CONFUSED.search(text):
        return text
    if not _OTHER_FORMS.isdisjoint(text):
        text = text.translate(_FORMS_OF_ONE)
    if not _MISREAD_IN_KATAKANA.isdisjoint(text):
        text = _IN_KATAKANA.sub(lambda found: found[0].translate(_TO_KATAKANA), text)
    if not _MISREAD_IN_KANJI.isdisjoint(text):
        text = _IN_KANJI.sub(lambda found: found[0].translate(_TO_KANJI), text)
    return text


_SKELETON = str.maketrans(
    "ァィゥェォッャュョヮヵヶ力口二工夕卜八へべぺ0l1|",
    "アイウエオツヤユヨワカケカロニエタトハヘベペOIII",
    "ー・- .,&'’",
)


@lru_cache(maxsize=65_536)
def skeleton(name: str) -> str:
    """A name with all that a hurried writer or OCR confuses made one (ー, ・, small kana, case, O/0, I/l/1): only to propose."""
    return company(name).translate(_SKELETON).upper()  # whose only space is the plain one


_PREFECTURE = re.compile(r"^(?:東京都|北海道|(?:京都|大阪)府|[^都道府県\d]{2,3}県)")
_BLOCK = re.compile(r"^(?P<block>\D+\d+(?:-\d+)*)")
_KANJI_DIGITS = str.maketrans("一二三四五六七八九", "123456789")


@lru_cache(maxsize=65_536)
def address(text: str) -> str:
    """A place for comparing, down to the house number; "" for one without a number, which names no single place.

    >>> address("兵庫県神戸市中央区三宮町一丁目4番9号 模擬ビル5階"), address("東京都港区")
    ('神戸市中央区三宮町1-4-9', '')
    """
    plain = re.sub(r"\s+", "", narrow(text))
    plain = re.sub(r"[一二三四五六七八九](?=丁目)", lambda found: found[0].translate(_KANJI_DIGITS), plain)
    plain = re.sub(r"(?<=\d)(?:丁目|番地の?|番|号)(?=\d)", "-", plain)
    found = _BLOCK.match(_PREFECTURE.sub("", plain))
    return found["block"] if found else ""


def code(ground: str) -> str:
    """A ground's code for comparing: （２）ｷ is (2)キ, and the kanji 力 that OCR reads for カ is カ."""
    return re.sub(r"\s+", "", narrow(ground)).replace("力", "カ")
