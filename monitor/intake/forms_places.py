"""Where a name ends and a place begins: published registers put a company and its address, or an office and its, in one cell."""

import re

from checks import words

PREFECTURES = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡"
    "|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
# Where no space divides a name from its place, only these are known to begin one: the wards of Tokyo, the cities with wards.
_KNOWN = (
    "千代田区|中央区|港区|新宿区|文京区|台東区|墨田区|江東区|品川区|目黒区|大田区|世田谷区|渋谷区|中野区|杉並区|豊島区|北区|荒川区|板橋区"
    "|練馬区|足立区|葛飾区|江戸川区|札幌市|仙台市|さいたま市|千葉市|横浜市|川崎市|相模原市|新潟市|静岡市|浜松市|名古屋市|京都市|大阪市|堺市"
    "|神戸市|岡山市|広島市|北九州市|福岡市|熊本市"
)
FORMS = (
    "株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|[一公]般?益?(?:財団|社団)法人|財団法人|社団法人|法人|㈱|㈲|\\((?:株|有|同|一財|公財|一社|公社|財|社)\\)"
    "|協同組合|組合|事務所|公庫|公社|共同企業体|共同体"
)
FORM = re.compile(FORMS)
_AREA = r"[^\s、,，。/／()（）0-9課室係局店]{1,9}?[市区町村郡島]"
_NUMBERED = re.compile(r"[0-9]|[一二三四五六七八九十]+(?:丁目|番)|番地|無番地|丁目")
_STARTS = re.compile(
    rf"[(（]?(?:〒?\d{{3}}-?\d{{4}}\s*)?(?:(?:{PREFECTURES})\s*(?={_AREA}|[^\s]{{1,8}}[0-9])|(?:{_KNOWN})|(?<![^\s、,/／(（]){_AREA})"
)
_FUSED = re.compile(
    rf"(?<=.)(?:〒\d{{3}}-?\d{{4}}\s*)?(?:(?:{PREFECTURES})\s*(?={_AREA})|(?:{_KNOWN})|(?<=会社){_AREA})"
)
_SURE = re.compile(rf"[(（]?(?:〒?\d{{3}}-?\d{{4}}\s*)?(?:{PREFECTURES}|{_KNOWN})")
_BARE = re.compile(rf"[(（]?(?:(?:{PREFECTURES}){_AREA}\S{{0,6}}|(?:{_KNOWN}){_AREA}\S{{0,20}})[)）]?")
_NO_NAME = re.compile(rf"{FORMS}|{PREFECTURES}|[\s(]")
_GAP = re.compile(r"[\s、,，/／]+")
_SPACE_IN_WORD = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+(?=[\u3040-\u30ff\u3400-\u9fff])")
_SPREAD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff](?: [\u3040-\u30ff\u3400-\u9fff](?=[ 0-9]|$)){2,}")  # 世 田 谷 区
_BODY = re.compile("[会団構所館社院校学部]$")


def is_place(line: str) -> bool:
    """Whether a line is an address: it begins as one and has a number, or is one without (a prefecture and a town)."""
    plain = _SPACE_IN_WORD.sub("", words.narrow(line).strip())
    found = _STARTS.match(plain)
    if found is None or FORM.search(plain[: found.end() + 4]):
        return False
    rest = plain[found.end() :]
    if _NUMBERED.search(rest):
        return True
    return _BARE.fullmatch(plain) is not None and not _BODY.search(plain)


def goes_on(line: str) -> bool:
    """Whether a line below an address is the rest of it: a building, a floor, a house number."""
    plain = words.narrow(line).strip()
    if FORM.search(plain):
        return False
    return (
        re.search(r"ビル|階|[0-9]F|号室|号館|タワー|館内|センター内|会館", plain) is not None
        or re.fullmatch(r"[0-9-]+", plain) is not None
    )


def divided(line: str) -> tuple[str, str]:
    """(name, place) of a line that has both; (line, "") where no place is seen."""
    plain = _SPREAD.sub(lambda found: found[0].replace(" ", ""), words.narrow(line))
    if len(plain) != len(line):  # ㈱ is one letter here and three there: cut where the whole is half-width
        line = plain
    gaps = [gap for gap in _GAP.finditer(plain) if _has_name(plain[: gap.start()])]
    for surely in (True, False):  # a place that is known to be one, before one that only ends in 市 or 町
        for gap in gaps:
            rest = plain[gap.end() :]
            if is_place(rest) and (not surely or _SURE.match(_SPACE_IN_WORD.sub("", rest))):
                return line[: gap.start()].strip(), line[gap.end() :].strip()
    squeezed = _SPACE_IN_WORD.sub("", plain)
    if not _NUMBERED.search(squeezed):  # the usual name
        return line.strip(), ""
    found = _FUSED.search(squeezed)
    while found:
        head, rest = squeezed[: found.start()], squeezed[found.start() :]
        if _has_name(head) and _NUMBERED.search(rest) and not FORM.search(rest):
            return (head if " " not in plain[: len(head)] else plain[: _upto(plain, len(head))]).strip(), rest.strip()
        found = _FUSED.search(squeezed, found.start() + 1)
    return line.strip(), ""


def _upto(plain: str, letters: int) -> int:
    """The position in a text behind so many letters of it that are not spaces between Japanese ones."""
    at = len(_SPACE_IN_WORD.sub("", plain))
    return next(
        (end for end in range(letters, len(plain) + 1) if len(_SPACE_IN_WORD.sub("", plain[:end])) == letters), at
    )


def _has_name(head: str) -> bool:
    """Whether there is more than a legal form."""
    return len(_NO_NAME.sub("", words.narrow(head))) > 1
