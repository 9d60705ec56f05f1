"""The layout of 調達ポータル's 落札実績オープンデータ: CSV without headings, eight columns, all bodies of the state in one file.

The columns are 調達案件番号, 調達案件名称, 落札決定日, 落札価格, 府省コード, 入札方式コード, 商号又は名称, 法人番号 (law.md 9.1); the
codes and their meaning are data (config/award-codes.yaml). It is known by its cells: a ministry's code in the fifth, a
method's code in the sixth.

What the file does not say is not made up. It has no 契約締結日, which a ledger must have: the day of the award stands there,
the earliest that it can be, and ``original`` says so. A price that may be that of one unit (the name says 単価契約, or there is
a fraction of a yen) is 単価, never 契約金額; a price of 0 or below (there are some, law.md 9.1 says no more of them) is neither:
the cell stays blank, ``original`` has the price, and a note of the row says why. The number of a tender is no key: several may win. A row goes by the number, the
winner and the day, and by its place among those that have all three in common, so that a yearly file and the daily ones
that mend it say the same row.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from checks import ledger, words
from monitor.intake import award_codes
from monitor.intake.award_codes import Codes
from monitor.intake.cells import CellError, number_13, text
from monitor.intake.how import How
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Part, Row, Unreadable, quote
from monitor.intake.sheets import Record, Sheet

NAME = "awards"
HEADINGS = (
    "調達案件番号", "調達案件名称", "落札決定日", "落札価格", "府省コード", "入札方式コード", "商号又は名称", "法人番号",
)  # fmt: skip
COLUMNS = frozenset(
    {
        "organization", "contract_id", "title", "method", "awarded_on", "signed_on", "amount", "unit_price", "unit_price_yen",
        "vendors", "vendor_numbers",
    }
)  # fmt: skip
_HEAD = 50  # rows that are looked at to know the layout
_LEDGER = ledger.CONTRACTS.by_name
_MINISTRY, _METHOD = re.compile(award_codes.MINISTRY), re.compile(award_codes.METHOD)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_PRICE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_UNIT = re.compile(r"単価契約|[(\[【「]単価[)\]】」]")
_NOTE = "落札価格について"  # the heading of our own note, beside what the format does not know
_DAY_OF_AWARD = "落札決定日 "  # before the day that stands in for 契約締結日, in ``original``


def recognise(sheet: Sheet) -> bool:
    """Whether most of the first rows have eight cells, and the two codes among them, in either order."""
    return _order(sheet) is not None


def read(sheet: Sheet, how: How) -> Iterator[Part | Unreadable]:
    """The bodies that the file speaks of, and its rows as contracts.

    ``how.organization`` that is a ministry's code or name leaves only that ministry's rows (and what goes to quarantine
    because nobody can tell whose it is: the same file imported whole has the same rows there); another one is whose rows these are,
    where the file has those of one ministry only.
    """
    codes = award_codes.packaged()
    order, there = _order(sheet), _ministries(sheet)
    wanted = how.organization
    chosen = next((code for code, name in codes.ministries.names.items() if wanted in (code, name)), None)
    if order is None:
        yield Unreadable(
            sheet.source, f"調達ポータルの落札実績ではありません（見出しのない8列のはずです: {'、'.join(HEADINGS)}）。"
        )
    elif order == "swapped":
        yield Unreadable(
            sheet.source,
            "5列目が入札方式コード、6列目が府省コードになっていて、ファイル仕様と逆です"
            "（5列目を府省コード、6列目を入札方式コードに入れ替えて渡してください）。",
        )
    elif chosen is not None and chosen not in there:
        yield Unreadable(sheet.source, f"府省{quote(chosen)}（{codes.ministries.names[chosen]}）の行がありません。")
    elif wanted and chosen is None and len(there) > 1:
        yield Unreadable(
            sheet.source,
            f"{len(there)}の府省の行があるため、すべてを機関{quote(wanted)}の行とすることはできません"
            "（府省コードを指定すると、その府省の行だけを取り込みます）。",
        )
    else:
        if chosen or not wanted:
            yield _bodies(
                sheet, codes, [chosen] if chosen else [code for code in there if code in codes.ministries.names]
            )
        own = None if chosen else wanted
        total = None if chosen else sheet.total
        yield Part(sheet.source, NAME, "contracts", COLUMNS, (), _rows(sheet, codes, own, chosen), total)


def _order(sheet: Sheet) -> str | None:
    """'specified' or 'swapped', as most of the first rows have it; None where the sheet is another."""
    seen = Counter[str]()
    for record in islice(_filled(sheet), _HEAD):
        seen[_order_of(record)] += 1
    best, count = max(seen.items(), key=lambda pair: pair[1], default=("", 0))
    return best if best and 2 * count > seen.total() else None


def _filled(sheet: Sheet) -> Iterator[Record]:
    """The rows that are not blank, without headings, which somebody may have put above them (the quarantine does)."""
    for record in sheet.records():
        heading = record.cells and text(record.cells[0]).strip() == HEADINGS[0]
        if record.broken or not (record.blank or heading):
            yield record


def _order_of(record: Record) -> str:
    cells = [text(cell).strip() for cell in record.cells[: len(HEADINGS) + 1]]
    if len(cells) != len(HEADINGS) or record.broken:
        return ""
    if _MINISTRY.fullmatch(cells[4]) and _METHOD.fullmatch(cells[5]):
        return "specified"
    return "swapped" if _METHOD.fullmatch(cells[4]) and _MINISTRY.fullmatch(cells[5]) else ""


def _ministries(sheet: Sheet) -> Counter[str]:
    """How many rows each ministry has."""
    found = Counter(text(record.cells[4]).strip() for record in sheet.records() if len(record.cells) > 4)
    return Counter({code: count for code, count in sorted(found.items()) if _MINISTRY.fullmatch(code)})


def _bodies(sheet: Sheet, codes: Codes, there: Sequence[str]) -> Part:
    """The ministries as organizations; those that the ledger knows already stay as they are there."""
    rows = [
        Row(
            "organizations",
            line,
            {"organization": code, "name": codes.ministries.names[code], "rulebook": codes.ministries.rulebook},
        )
        for line, code in enumerate(there, 1)
    ]
    columns = frozenset({"organization", "name", "rulebook"})
    return Part(sheet.source, NAME, "organizations", columns, (), iter(rows), len(rows), new_only=True)


def _rows(sheet: Sheet, codes: Codes, own: str | None, chosen: str | None) -> Iterator[Row | BadRow]:
    """Every row that is not blank; with ``chosen`` those of one ministry, and those of which nobody knows whose they are."""
    reader = _Reader(codes, own)
    for record in _filled(sheet):
        if chosen is None or _ministry(record, codes) in (chosen, ""):
            yield reader.row(record)


def _ministry(record: Record, codes: Codes) -> str:
    """The code of a row's ministry; "" where it names none that is known, or is not divided as it should be."""
    if record.broken or len(record.cells) != len(HEADINGS):
        return ""
    code = text(record.cells[4]).strip()
    return code if code in codes.ministries.names else ""


@dataclass
class _Reader:
    """Reads row after row; it remembers which winners of which tenders have come already."""

    codes: Codes
    own: str | None  # whose rows these are, if not the ministry's
    seen: Counter[str] = field(default_factory=Counter)

    def row(self, record: Record) -> Row | BadRow:
        """One award as a contract."""
        cells, reading = [text(cell) for cell in record.cells], Reading(ledger.CONTRACTS, record.line)
        if record.broken or len(cells) != len(HEADINGS):
            return self._misshapen(record, cells)
        number, title, day, price, ministry, method, vendor, corporate = (cell.strip() for cell in cells)
        self._organization(reading, ministry)
        if _NUMBER.fullmatch(number):
            reading.values["contract_id"] = self._id(number, vendor, corporate, day)
        else:
            reason = (
                f"{quote(number)}は調達案件番号として読めません（Excelで開いて保存すると番号が変わることがあります）。"
            )
            reading.fail(
                "contract_id", HEADINGS[0], number, reason if number else "空欄です（調達案件番号が必要です）。"
            )
        reading.cell(_LEDGER["title"], HEADINGS[1], title, own=cells[1])
        self._method(reading, method)
        self._day(reading, cells[2])
        self._price(reading, words.narrow(title), price)
        reading.cell(_LEDGER["vendors"], HEADINGS[6], vendor, own=cells[6])
        if not vendor:
            reading.fail("vendors", HEADINGS[6], "", "空欄です（落札者の商号又は名称が必要です）。")
        reading.cell(_LEDGER["vendor_numbers"], HEADINGS[7], corporate, own=cells[7])
        known = self.codes.methods.get(method)
        other = {HEADINGS[5]: f"{method} {known.text}"} if known else {}
        note = {_NOTE: f"落札価格が{price}円です。0円以下のため、契約金額としていません。"} if _is_no_sum(price) else {}
        whole = _whole(reading, cells) | note if reading.failures else {}
        return reading.result(whole, {**other, **note, HEADINGS[4]: ministry})

    def _id(self, number: str, vendor: str, corporate: str, day: str) -> str:
        """0000000000000250001-8000012050001-20250401, and -2 for the second that has all this in common."""
        try:
            who = number_13(corporate)
        except CellError:
            who = ""
        who = who or sha256(words.company(vendor).encode("utf-8", "replace")).hexdigest()[:13]
        key = f"{number}-{who}-{re.sub(r'[^0-9]', '', day)[:8]}"
        self.seen[key] += 1
        return key if self.seen[key] == 1 else f"{key}-{self.seen[key]}"

    def _organization(self, reading: Reading, ministry: str) -> None:
        if ministry in self.codes.ministries.names:
            reading.values["organization"] = self.own or ministry
        else:
            known = (
                "ファイル仕様（令和8年3月版）の府省コードにありません。"
                if _MINISTRY.fullmatch(ministry)
                else "府省コードとして読めません。"
            )
            reading.fail("organization", HEADINGS[4], ministry, f"{quote(ministry)}は{known}")

    def _method(self, reading: Reading, code: str) -> None:
        if (known := self.codes.methods.get(code)) is not None:
            reading.derive("method", known.method, code)
        else:
            known_as = (
                "ファイル仕様（令和8年3月版）の入札方式コードにありません。"
                if _METHOD.fullmatch(code)
                else "入札方式コードとして読めません。"
            )
            reading.fail("method", HEADINGS[5], code, f"{quote(code)}は{known_as}")

    def _day(self, reading: Reading, own: str) -> None:
        """The award; no contract was signed before it."""
        if not own.strip():
            reading.fail("awarded_on", HEADINGS[2], "", "空欄です（落札決定日が必要です）。")
            return
        reading.cell(_LEDGER["awarded_on"], HEADINGS[2], own)
        if (day := reading.values.get("awarded_on")) is not None:
            reading.derive("signed_on", day, f"{_DAY_OF_AWARD}{own.strip()}")

    def _price(self, reading: Reading, title: str, price: str) -> None:
        """Yen in all, or what may be the price of one unit: that is kept as it is, and no sum is made of it."""
        fraction = "." in price and bool(price.rpartition(".")[2].strip("0"))
        unit = bool(_UNIT.search(title)) or fraction
        if _is_no_sum(price):
            reading.derive("amount", None, price)
            reading.derive("unit_price", value=unit or None)
            reading.derive("unit_price_yen", None)
            return
        if unit and _PRICE.fullmatch(price):
            reading.derive("amount", None, price)
            reading.derive("unit_price", value=True)
            reading.cell(_LEDGER["unit_price_yen"], HEADINGS[3], price)
            return
        reading.cell(_LEDGER["amount"], HEADINGS[3], price)
        reading.derive("unit_price", None)
        reading.derive("unit_price_yen", None)

    def _misshapen(self, record: Record, cells: list[str]) -> BadRow:
        reading = Reading(ledger.CONTRACTS, record.line)
        reason = record.broken or f"セルが{len(cells)}個あります（{len(HEADINGS)}個のはずです）。"
        reading.fail("", "", "、".join(cells), reason)
        headings = [*HEADINGS, *(f"{at}列目" for at in range(len(HEADINGS) + 1, len(cells) + 1))]
        filled = [*cells, *[""] * (len(headings) - len(cells))]
        bad = reading.result(dict(zip(headings, filled, strict=True)))
        assert isinstance(bad, BadRow)
        return bad


def _is_no_sum(price: str) -> bool:
    return _PRICE.fullmatch(price) is not None and (price.startswith("-") or not price.strip("0."))


_INTERCHANGE = dict(
    zip(
        HEADINGS,
        ("contract_id", "title", "awarded_on", "amount", "organization", "method", "vendors", "vendor_numbers"),
        strict=True,
    )
)


def _whole(reading: Reading, cells: Sequence[str]) -> dict[str, str]:
    """The row under the headings of the interchange format, ready to be mended and imported as such; codes in words."""
    values = {_INTERCHANGE[heading]: cell.strip() for heading, cell in zip(HEADINGS, cells, strict=True)}
    for name in ("contract_id", "method", "organization"):
        values[name] = text(reading.values.get(name)) or values[name]
    values["signed_on"] = values["awarded_on"]
    if _is_no_sum(values["amount"]):
        values |= {"amount": "", "unit_price": text(reading.values.get("unit_price"))}
    elif reading.values.get("unit_price"):
        values |= {"amount": "", "unit_price": "1", "unit_price_yen": values["amount"]}
    return {column.heading: values[column.name] for column in ledger.CONTRACTS.columns if column.name in values}
