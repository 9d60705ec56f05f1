"""What a mapping says of one cell: its unit, its words, the two things that stand in it. Text → text of the interchange format."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from checks import words
from monitor.intake import dates
from monitor.intake.cells import Cell, text
from monitor.intake.headings import heading_key
from monitor.intake.mapping import UNITS
from monitor.intake.rows import CellError

_NUMBER = re.compile(r"(?P<sign>[-△▲]?)(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?P<fraction>\.[0-9]+)?")
_PERIOD = re.compile(r"(?P<from>.*?)\s*(?:[~〜～]|から|-(?=\s*(?:令和|平成|[RH]?[0-9]+[年./])))\s*(?P<to>.*?)(?:まで)?")
_SIGNING = re.compile(
    r"(?:本?契約(?:の?締結)?(?:の?日)?|締結日)(?:の翌日)?"
)  # 契約締結日の翌日から: the day is not said
_PLACE = re.compile(
    r"(?:東京都|北海道|(?:京都|大阪)府|[^\s都道府県]{2,3}県|[^\s0-9()]{1,7}?[市区郡](?=[^\s]*[0-9]))[^\s()][^()]*"
)


def in_yen(cell: Cell, factor: int) -> Cell:
    """Whole yen of a number in thousands or millions; what is no bare number is said to be so, and then cannot be read."""
    plain = re.sub(r"\s", "", words.narrow(text(cell)))
    if not plain or factor == 1:
        return cell
    unit = next(name for name, yen in UNITS.items() if yen == factor)
    found = _NUMBER.fullmatch(plain.removesuffix(unit))
    if found is None:
        return f"{text(cell)}（{unit}単位の列）"
    try:
        yen = Decimal(found["digits"].replace(",", "") + (found["fraction"] or "")) * factor
    except InvalidOperation:
        return f"{text(cell)}（{unit}単位の列）"
    whole = format(yen.normalize(), "f")
    return f"-{whole}" if found["sign"] else whole


def meant(cell: Cell, means: Mapping[str, str]) -> Cell:
    """Our word for a cell's, the cell as it is where the mapping has none."""
    return means.get(heading_key(text(cell)), cell)


def period(cell: Cell) -> tuple[str, str] | None:
    """The first and the last day of R7.4.1～R8.3.31; the year of the last may be left out. None for another form.

    >>> period("令和7年4月1日から令和8年3月31日まで"), period("R7.4.1~9.30")
    (('令和7年4月1日', '令和8年3月31日'), ('R7.4.1', 'R7.9.30'))
    """
    found = _PERIOD.fullmatch(words.narrow(text(cell)).strip())
    if found is None:
        return None
    first, last = _SIGNING.sub("", found["from"].strip()), found["to"].strip()
    if last and _day(last) is None and (year := re.match(r"\D{0,2}(?:[0-9]+|元)[年./-]", first)):
        last = year[0] + last
    given = [each for each in (first, last) if each]
    days = [day for each in given if (day := _day(each)) is not None]
    return (first, last) if given and len(days) == len(given) and days == sorted(days) else None


def name_and_place(cell: Cell) -> tuple[str, str] | None:
    """A vendor and its address in one cell: 「模擬建設㈱／模擬県模擬市…」 by a line break or where a place begins.

    Without a number there is no address; None where it cannot be told where the name ends.

    >>> name_and_place("模擬建設（株） 模擬県模擬市本町1-1")
    ('模擬建設（株）', '模擬県模擬市本町1-1')
    """
    own = text(cell).strip()
    if "\n" in own:
        lines = [line.strip() for line in own.split("\n") if line.strip()]
        at = next((at for at, line in enumerate(lines) if at and _PLACE.match(words.narrow(line).lstrip("(〒"))), None)
        return None if at is None else (words.mend(" ".join(lines[:at])), words.mend(" ".join(lines[at:])))
    for gap in re.finditer(r"[\s（(／/]+", own):
        rest = own[gap.end() :].rstrip("）)")
        if gap.start() and _PLACE.match(words.narrow(rest)):
            return own[: gap.start()].strip(), rest.strip()
    return (own, "") if not re.search(r"\d", own) else None


def _day(shown: str) -> date | None:
    try:
        return dates.read(shown)
    except CellError:
        return None
