"""The rows of a published register, read: what its cells say in the words of the interchange format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import takewhile

from checks import ledger, words
from checks.ledger import Column
from monitor.intake import cells, forms_cells, forms_offices, forms_places, forms_vendors, forms_words
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.forms_cells import Money, Says
from monitor.intake.forms_sheet import Sheetwide, organization_of, says
from monitor.intake.forms_vocabulary import Role, key_of
from monitor.intake.numbering import derived_number
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Row, Value, canonical, quote
from monitor.intake.sheets import Record

_LEDGER: Mapping[str, Column] = ledger.CONTRACTS.by_name
_UNDATED = date(1900, 1, 1)  # stands in where the day cannot be read: the number is then for mending only
_NUMBERED_BY = ("signed_on", "title", "vendors", "department")  # where one cannot be read, the number is another one
_WITHOUT_TAX = "は税抜の金額です（税込の金額が必要です）。"
_SUM = re.compile(r"(?:合|小|総|累|総合)?計(?:[(]?[0-9]+件[)]?)?")
_PUBLIC = re.compile("公益(?:財団|社団)法人|(?:特例)?(?<!一般)(?:財団|社団)法人")
_TOLD_APART = frozenset(  # what these say is a value of its own; the rest of the row is kept as it is printed
    {
        Role.TITLE, Role.DATE, Role.VENDOR, Role.ADDRESS, Role.NUMBER, Role.METHOD, Role.GROUND, Role.ESTIMATE, Role.AMOUNT,
        Role.BIDDERS, Role.REMARKS, Role.SITE, Role.CATEGORY, Role.DEPARTMENT,
    }
)  # fmt: skip


def read(sheet: Sheetwide, record: Record, reason: str = "") -> Row | BadRow:
    """One row; with a ``reason`` it is known to be no contract, and goes to quarantine with that."""
    return _RowReader(sheet, record, Reading(ledger.CONTRACTS, record.line)).read(reason)


@lru_cache(maxsize=20_000, typed=True)
def _value(name: str, cell: Cell) -> Value:
    """The value of a cell by its column; registers repeat themselves. Raises CellError."""
    return cells.read(_LEDGER[name], cell)[0]


@dataclass(frozen=True)
class _RowReader:
    sheet: Sheetwide
    record: Record
    reading: Reading

    def read(self, reason: str) -> Row | BadRow:
        """The row, or why it cannot be read."""
        reading = self.reading
        organization = organization_of(self.sheet, self.record)
        role = self.sheet.payer
        if organization:
            own = organization if self.sheet.organization else self._shown(role)
            reading.cell(_LEDGER["organization"], self._heading(role), organization, own=own)
        else:
            reading.derive("organization", None)
            self._fail("organization", role, "どの機関の契約か読めません（空欄です）。")
        reading.derive("contract_id", None)
        if misplaced := reason or self._misplaced():
            return self._alone(misplaced)
        if self._is_sum():
            self._fail("signed_on", Role.DATE, "合計の行のようです（契約ではないので取り込みません）。")
            return reading.result(self._whole(), self._other())
        self._department()
        self._title()
        self._date()
        self._method()
        self._money()
        self._vendors()
        self._rest()
        self._number()
        row = reading.result(self._whole() if reading.failures else {}, self._other())
        unsure = isinstance(row, BadRow) and any(failure.column in _NUMBERED_BY for failure in reading.failures)
        return replace(row, row_key="") if isinstance(row, BadRow) and unsure else row

    def _is_sum(self) -> bool:
        """Whether the row adds up those above it: it says so, and has no day."""
        labels = (re.sub(r"\s", "", words.narrow(shown)) for shown in self.sheet.texts(self.record))
        return not says(self._shown(Role.DATE)) and any(map(_SUM.fullmatch, labels))

    # --- cells --------------------------------------------------------------------------------------------------

    def _shown(self, role: Role) -> str:
        return self.sheet.shown(self.record, role)

    def _heading(self, role: Role) -> str:
        return self.sheet.titles.get(role, "")

    def _put(self, name: str, role: Role, cell: Cell) -> None:
        """Read a cell by its column; its own text is that of the role's cell."""
        own = self._shown(role) or (text(cell) if isinstance(cell, str) else "")
        try:
            self.reading.derive(name, _value(name, cell), own)
        except CellError as reason:
            self.reading.fail(name, self._heading(role), own, str(reason))

    def _fail(self, name: str, role: Role, reason: str) -> None:
        self.reading.fail(name, self._heading(role), self._shown(role), reason)

    def _department(self) -> None:
        roles = self.sheet.head.roles
        if Role.DEPARTMENT in roles and self._shown(Role.DEPARTMENT):
            name, _ = forms_places.divided(" ".join(self._shown(Role.DEPARTMENT).split()))
            self._put("department", Role.DEPARTMENT, name or None)
        elif Role.OFFICER in roles:  # the whole cell is kept in ``other``: a person's name is nowhere else
            self.reading.derive("department", forms_offices.read(self._shown(Role.OFFICER)) or None)
        elif Role.DEPARTMENT in roles:
            self.reading.derive("department", None)

    def _title(self) -> None:
        own, roles, reading = self._shown(Role.TITLE), self.sheet.head.roles, self.reading
        works = self.sheet.works
        if not says(own):
            self._fail("title", Role.TITLE, "契約の名称が空欄です。")
            return
        found = forms_words.title(own, works=works)
        self._put("title", Role.TITLE, found.title)
        site = self._shown(Role.SITE) if Role.SITE in roles else found.site
        if works or Role.SITE in roles or site:
            self._put("site", Role.SITE, site if site and says(site) else None)
        has_period = not roles.keys().isdisjoint({Role.PERIOD, Role.STARTS, Role.ENDS})
        days = self._days() if has_period else (found.starts_on, found.ends_on)
        if works or has_period or any(days):
            reading.derive("starts_on", days[0])
            reading.derive("ends_on", days[1])
        if Role.CATEGORY in roles:
            reading.derive("category", forms_words.category(self._shown(Role.CATEGORY)), self._shown(Role.CATEGORY))
        elif works:
            reading.derive("category", found.category)

    def _days(self) -> tuple[date | None, date | None]:
        """The first and the last day of the period, from one cell, or from a column for each."""
        roles, headings = self.sheet.head.roles, self.sheet.head.headings
        starts, ends = self._day(Role.STARTS), self._day(Role.ENDS)
        if Role.PERIOD in roles:
            at = roles[Role.PERIOD]
            blank = takewhile(lambda beside: not headings[beside], range(at + 1, min(at + 3, len(headings))))
            texts = self.sheet.texts(self.record)  # one heading may stand over 2025/4/1, ～ and 2026/3/31
            first, last = forms_words.period("～".join(texts[n] for n in (at, *blank) if n < len(texts) and texts[n]))
            one_day, by_halves = first is None and last is not None, Role.ENDS in roles and Role.STARTS not in roles
            if one_day and by_halves and re.search("期限|納期", headings[at]) is None:
                first, last = last, None  # 履行期間 beside 至
            starts, ends = first or starts, last or ends  # 完了日 beside 履行期限 is when it was done
        return (None, None) if starts and ends and starts > ends else (starts, ends)

    def _day(self, role: Role) -> date | None:
        """The day in a column of its own; None where it is told in words."""
        cell = self.sheet.cell(self.record, role)
        try:
            found = forms_cells.dates_in(cell) if isinstance(cell, str) else []
            day = _value("starts_on", cell) if not isinstance(cell, str) else found[0] if len(found) == 1 else None
        except CellError:
            return None
        return day if isinstance(day, date) else None

    def _date(self) -> None:
        try:
            cell = forms_cells.signed_on(self.sheet.cell(self.record, Role.DATE))
        except CellError as reason:
            self._fail("signed_on", Role.DATE, str(reason))
            return
        if cell is None or (isinstance(cell, str) and not says(cell)):
            self._fail("signed_on", Role.DATE, "契約を締結した日が空欄です。")
            return
        self._put("signed_on", Role.DATE, cell)

    def _method(self) -> None:
        roles, reading = self.sheet.head.roles, self.reading
        said, why = self._shown(Role.METHOD), self._reason()
        by_form = self.sheet.sole_by_ground
        if Role.METHOD in roles:
            found = forms_words.method(said) if says(said) else None
            reading.derive("method", found or (ledger.SOLE if why and by_form else None), said)
        elif Role.GROUND in roles:
            reading.derive("method", forms_words.sole_source_method(why) if why or by_form else None)
        elif self.sheet.sole_source:
            reading.derive("method", ledger.SOLE)
        code = forms_words.ground(why) if why else forms_words.ground_of_method(said)
        if Role.GROUND in roles or code:
            own = why or (said if code else "")
            reading.derive("ground", code if code and len(code) <= _LEDGER["ground"].longest else None, own)

    def _reason(self) -> str:
        """The printed ground: provision and reason, also where they have a column each."""
        said = (self._shown(role) for role in (Role.GROUND, Role.REASON))
        return "\n".join(one for one in said if says(one))

    def _money(self) -> None:
        roles, reading = self.sheet.head.roles, self.reading
        beside = (self._shown(Role.REMARKS), self._shown(Role.AMOUNT), self._shown(Role.TITLE))
        is_unit, total = forms_cells.is_unit_price(*beside), forms_cells.planned_total(*beside)
        estimate = self._read_money(Role.ESTIMATE, is_unit=is_unit)
        amount = self._read_money(Role.AMOUNT, is_unit=is_unit)
        is_unit = is_unit or amount.says is Says.UNIT
        if is_unit and amount.says is Says.YEN and forms_cells.is_sum_of_prices(amount, estimate, beside[0]):
            amount, estimate = Money(Says.UNIT), Money(Says.UNIT)
        planned = total if is_unit or amount.says is Says.NOTHING else None
        if Role.AMOUNT in roles:
            self._amount(amount, planned)
            if amount.says in (Says.YEN, Says.YEARLY) and self._is_net(amount):
                self._fail("amount", Role.AMOUNT, f"{quote(self._shown(Role.AMOUNT))}{_WITHOUT_TAX}")
        elif says(self._shown(Role.NET)):
            self._fail("amount", Role.NET, f"{quote(self._shown(Role.NET))}{_WITHOUT_TAX}")
        reading.derive("unit_price", True if is_unit else None)
        if Role.ESTIMATE in roles:
            yen = estimate.whole if estimate.says is Says.YEN else None
            if yen is not None and planned is not None and yen < planned:
                yen = None  # that of the prices: no measure of the total
            reading.derive("estimated_price", yen, self._shown(Role.ESTIMATE))

    def _is_net(self, amount: Money) -> bool:
        """Whether the remarks say that the amount is without tax, or the table's top where the heading does not say else."""
        if forms_cells.is_net(self._shown(Role.REMARKS), amount):
            return True
        return self.sheet.net and "込" not in self._shown(Role.AMOUNT)

    def _amount(self, money: Money, planned: int | None) -> None:
        """The contract's amount: the planned total, what is printed, or the first of what was paid in the end."""
        own, reading = self._shown(Role.AMOUNT), self.reading
        amount = planned
        if planned is None and money.says is Says.YEN:
            amount = money.whole
        elif planned is None and money.says is Says.PAID:
            amount = forms_cells.initial_amount(self._shown(Role.REMARKS))
        elif money.says is Says.YEARLY:
            reading.derive("annual_amount", money.whole, own)
        elif money.says is Says.UNIT:
            try:
                reading.derive("unit_price_yen", forms_cells.unit_price(own) or None, own)
            except CellError as reason:
                self._fail("amount", Role.AMOUNT, str(reason))
        reading.derive("amount", amount, own)

    def _read_money(self, role: Role, *, is_unit: bool) -> Money:
        """What the cell says; of a unit-price contract what cannot be read is a list of prices."""
        name = "amount" if role is Role.AMOUNT else "estimated_price"
        try:
            money = forms_cells.money(self.sheet.cell(self.record, role), thousands=role in self.sheet.head.thousands)
        except CellError as reason:
            if is_unit:
                return Money(Says.UNIT)
            self._fail(name, role, str(reason))
            return forms_cells.NOTHING
        if money.yen is not None and money.whole is None and not is_unit:
            self._fail(name, role, f"{quote(self._shown(role))}には円未満の端数があります。")
        return money

    # --- vendors ------------------------------------------------------------------------------------------------

    def _vendors(self) -> None:
        roles, reading, own = self.sheet.head.roles, self.reading, self._shown(Role.VENDOR)
        if Role.VENDOR not in roles:
            return
        try:
            found = forms_vendors.read(own)
            numbers = self._numbers(found)
        except CellError as reason:
            self._fail("vendors", Role.VENDOR, str(reason))
            return
        reading.derive("nondisclosure", found.hidden or None)
        if not found.names and not found.hidden:
            why = (
                "読めません（名称が見つかりません）。"
                if says(own)
                else "空欄です（公表しない場合はその旨が必要です）。"
            )
            self._fail("vendors", Role.VENDOR, f"契約の相手方が{why}")
            for name, role in (("addresses", Role.ADDRESS), ("vendor_numbers", Role.NUMBER)):
                if role in roles:  # whosever they are, they are part of the row that waits
                    self._put(name, role, self._shown(role) or None)
            return
        self._put("vendors", Role.VENDOR, "\n".join(found.names))
        places = self._places(found)
        heading = key_of(self._heading(Role.VENDOR))
        if any(places) or Role.ADDRESS in roles or re.search("住所|所在地", heading):
            self._put("addresses", Role.ADDRESS, "\n".join(places).rstrip("\n") or None)
        if any(numbers) or Role.NUMBER in roles or "法人番号" in heading:
            role = Role.NUMBER if Role.NUMBER in roles else Role.VENDOR
            self._put("vendor_numbers", role, "\n".join(numbers).rstrip("\n") or None)

    def _numbers(self, found: forms_vendors.Vendors) -> list[str]:
        """法人番号 in the order of the names; of one number for several names only what the register tells of it."""
        numbers = list(found.numbers)
        given = [line for line in forms_vendors.number(self._shown(Role.NUMBER)).split("\n") if line]
        if not given or found.hidden:
            return numbers
        members = found.members
        if len(given) == len(members):
            owners = members
        elif len(given) == 1:  # registers of payments to 公益法人 give the number of that one
            public = [at for at in members if _PUBLIC.search(words.narrow(found.names[at]))]
            owners = public if len(public) == 1 and Role.KIND in self.sheet.head.roles else []
        else:
            owners = []
        for at, digits in zip(owners, given, strict=False):
            numbers[at] = digits
        return numbers

    def _places(self, found: forms_vendors.Vendors) -> list[str]:
        places = list(found.addresses)
        given = [words.mend(line) for line in self._shown(Role.ADDRESS).split("\n") if says(line)]
        members = found.members
        if given and len(members) == 1:
            places[members[0]] = words.mend(" ".join(given))
        elif len(given) == len(members):
            for at, place in zip(members, given, strict=True):
                places[at] = place
        return places

    # --- the rest -----------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        roles = self.sheet.head.roles
        if Role.BIDDERS in roles:
            cell = self.sheet.cell(self.record, Role.BIDDERS)
            self._put("bidders", Role.BIDDERS, None if forms_cells.is_nothing(text(cell)) else cell)
        if Role.REMARKS in roles:
            own = self._shown(Role.REMARKS)
            self._put("remarks", Role.REMARKS, own if says(own) else None)

    def _number(self) -> None:
        """A number from what does not change when the register is published again: never from the amount."""
        values = self.reading.values
        parts = [canonical(values.get(name)) for name in _NUMBERED_BY[1:]]
        signed_on = values.get("signed_on")
        if isinstance(signed_on, date):
            number = derived_number(signed_on, parts)
        else:
            number = f"日付未読-{derived_number(_UNDATED, [*parts, self._shown(Role.DATE)]).partition('-')[2]}"
        values["contract_id"] = self.sheet.ordinals[canonical(values.get("organization"))](number)

    def _other(self) -> dict[str, str]:
        """heading → text of what has no column of its own, and of what the value says only a part of."""
        head, other = self.sheet.head, dict[str, str]()
        role_of = {at: role for role, at in head.roles.items()}
        for at, shown in enumerate(self.sheet.texts(self.record)):
            if not shown:
                continue
            role = role_of.get(at)
            if role in _TOLD_APART or (role is self.sheet.payer and not self.sheet.organization):
                continue
            heading = " ".join(head.headings[at].split()) if at < len(head.headings) else ""
            name = heading or f"{at + 1}列目"
            other[name if name not in other else f"{name}（{at + 1}列目）"] = shown
        return other

    # --- rows that cannot be read ---------------------------------------------------------------------------------

    def _misplaced(self) -> str:
        """Why the row is not divided as the headings are; "" if it is."""
        width = len(self.sheet.head.headings)
        if self.record.broken:
            return self.record.broken
        beyond = [shown for shown in self.sheet.texts(self.record)[width:] if shown]
        if beyond and self.sheet.strict:
            return f"セルが{len(self.record.cells)}個あり、見出しの{width}個より多いです（余分な区切りがないか確認してください）。"
        return ""

    def _alone(self, reason: str) -> BadRow:
        cells = [text(cell) for cell in self.record.cells]
        headings = list(self.sheet.head.headings) + [""] * len(cells)
        whole = {
            (" ".join(heading.split()) or f"{at}列目"): cell
            for at, (heading, cell) in enumerate(zip(headings, cells, strict=False), 1)
        }
        organization = canonical(self.reading.values.get("organization"))
        return BadRow("contracts", self.record.line, "", "、".join(cells), reason, whole, organization)

    def _whole(self) -> dict[str, str]:
        """The row under the headings of the interchange format, what was read as it was read: ready to be mended."""
        failed = {failure.column: failure.value for failure in self.reading.failures}
        cells = {name: canonical(value) for name, value in self.reading.values.items()} | failed
        known = {column.heading: cells[column.name] for column in ledger.CONTRACTS.columns if column.name in cells}
        return {**self._other(), **known}
