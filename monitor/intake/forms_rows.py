"""The rows of a published register, read: piece by piece, and put together in blocks of rows that have the same columns."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from checks import ledger, words
from monitor.intake import forms_money, forms_parties, forms_terms
from monitor.intake.cells import Cell, text
from monitor.intake.forms_cells import says, shown_of
from monitor.intake.forms_piece import Kind, Memory, Said
from monitor.intake.forms_sheet import Sheetwide
from monitor.intake.forms_vocabulary import Role
from monitor.intake.numbering import derived_number
from monitor.intake.reading import Reading
from monitor.intake.rows import BadRow, Block, Blocks, Row, Value, canonical
from monitor.intake.sheets import Batch, Record

_TABLE = ledger.CONTRACTS.name
_IS_SUM = "合計の行のようです（契約ではないので取り込みません）。"
_UNDATED = date(1900, 1, 1)  # stands in where the day cannot be read: the number is then for mending only
_SUM = re.compile(r"(?:合|小|総|累|総合)?計(?:[(]?[0-9]+件[)]?)?")
_TOLD_APART = frozenset(  # what these say is a value of its own; the rest of the row is kept as it is printed
    {
        Role.TITLE, Role.DATE, Role.VENDOR, Role.ADDRESS, Role.NUMBER, Role.METHOD, Role.GROUND, Role.ESTIMATE, Role.AMOUNT,
        Role.BIDDERS, Role.REMARKS, Role.SITE, Role.CATEGORY, Role.DEPARTMENT,
    }
)  # fmt: skip
_PERIOD = (Role.STARTS, Role.ENDS, Role.PERIOD)
_BODY, _DAY = Kind(forms_terms.organization, (Role.BODY, Role.MINISTRY)), Kind(forms_terms.signed_on, (Role.DATE,))
_TITLE = Kind(
    forms_terms.title,
    (Role.TITLE, Role.SITE, Role.CATEGORY, *_PERIOD),
    forms_terms.plain_title,
    forms_terms.beside_period,
)
_VENDORS = Kind(forms_parties.vendors, (Role.VENDOR, Role.ADDRESS, Role.NUMBER))
_OFFICE = Kind(forms_terms.department, (Role.DEPARTMENT, Role.OFFICER))
KINDS = (  # in the order in which a row's faults are told
    _BODY,
    _OFFICE,
    _TITLE,
    _DAY,
    Kind(forms_terms.method, (Role.METHOD, Role.GROUND, Role.REASON)),
    Kind(forms_money.money, (Role.ESTIMATE, Role.AMOUNT, Role.REMARKS, Role.TITLE, Role.NET), forms_money.plain_money),
    _VENDORS,
    Kind(forms_terms.bidders, (Role.BIDDERS,)),
    Kind(forms_terms.remarks, (Role.REMARKS,)),
)
_NUMBERED_BY = {  # and by the day; where one of these cannot be read, the number is another one
    "title": _TITLE,
    "vendors": _VENDORS,
    "department": _OFFICE,
}
_OWN = "（元の欄）"  # behind the name of a cell of the sheet's own
_KEPT = 10_000  # texts that are remembered


class InOrder(Blocks):
    """Rows in blocks, those of one batch by their columns; who asks for one after the other has the order of the sheet."""

    def __init__(self, batches: Iterator[Sequence[Block]]) -> None:
        super().__init__(chain.from_iterable(batches))
        self._rows = (row for blocks in batches for row in _in_order(blocks))


def _in_order(blocks: Sequence[Block]) -> list[Row | BadRow]:
    return sorted((row for block in blocks for row in block.rows()), key=lambda row: row.line)


def read(sheet: Sheetwide, record: Record, reason: str = "") -> Row | BadRow:
    """One row; with a ``reason`` it is known to be no contract, and goes to quarantine with that."""
    batch = Batch([record.line], [record.cells], {0: record.broken} if record.broken else {})
    [row] = _in_order(Reader(sheet).blocks(batch, [0], {0: reason}))
    return row


class Reader:
    """Reads the rows below one heading."""

    def __init__(self, sheet: Sheetwide) -> None:
        self._sheet, self._roles = sheet, sheet.head.roles
        self._memories = {kind: Memory(sheet, kind) for kind in KINDS}
        self._texts = dict[Cell, str]()
        titles = [" ".join(heading.split()) for heading in sheet.head.headings]
        self._headings = [title or f"{at}列目" for at, title in enumerate(titles, 1)]
        told = _TOLD_APART if sheet.organization else _TOLD_APART | {sheet.payer}
        apart = {at for role, at in self._roles.items() if role in told}
        self._kept = [at for at in range(len(titles)) if at not in apart]

    def blocks(self, batch: Batch, positions: Sequence[int], reasons: Mapping[int, str]) -> list[Block]:
        """Some rows of a batch; ``reasons``: position → why the row is known to be no contract."""
        bad, taken = list[BadRow](), list[int]()
        for at in positions:
            if reason := reasons.get(at) or self._misplaced(batch, at):
                bad.append(self._alone(batch.record(at), reason))
            else:
                taken.append(at)
        blocks = list[Block]()
        if taken:
            rows = self._read([batch.lines[at] for at in taken], [batch.rows[at] for at in taken])
            blocks = list(rows.blocks())
            bad += rows.bad()
        return [*blocks, Block(_TABLE, (), [], [], apart=bad)] if bad else blocks

    def _read(self, lines: Sequence[int], cells: Sequence[Sequence[Cell]]) -> "_Rows":
        width = max(len(self._headings), *map(len, cells))
        columns = list(zip(*([*row, *[None] * (width - len(row))] for row in cells), strict=True))
        said = {kind: memory.column(columns) for kind, memory in self._memories.items()}
        failed = {at for column in said.values() for at, one in enumerate(column) if one.failures}
        sums = {at for at in failed if self._is_sum([column[at] for column in columns])}
        return _Rows(lines, said, list(self._numbers(said, columns, sums)), self._other(columns), failed, sums)

    def _is_sum(self, cells: Sequence[Cell]) -> bool:
        """Whether the row adds up those above it: it says so, and has no day."""
        labels = (re.sub(r"\s", "", words.narrow(shown_of(cell))) for cell in cells)
        return not says(shown_of(cells[self._roles[Role.DATE]])) and any(map(_SUM.fullmatch, labels))

    def _numbers(
        self, said: "_Saids", columns: Sequence[Sequence[Cell]], sums: Collection[int]
    ) -> Iterator[str | None]:
        """A number for each from what does not change when the register is published again: never from the amount."""
        bodies = _told(said[_BODY], "organization")
        parts = zip(*(_told(said[kind], name) for name, kind in _NUMBERED_BY.items()), strict=True)
        for at, (day, body, told) in enumerate(zip(said[_DAY], bodies, parts, strict=True)):
            signed_on = day.by_name.get("signed_on")
            if at in sums:
                yield None
            elif isinstance(signed_on, date):
                yield self._sheet.ordinals[body](derived_number(signed_on, told))
            else:
                unread = derived_number(_UNDATED, [*told, shown_of(columns[self._roles[Role.DATE]][at])])
                yield self._sheet.ordinals[body](f"日付未読-{unread.partition('-')[2]}")

    def _other(self, columns: Sequence[Sequence[Cell]]) -> list[dict[str, str]]:
        """heading → text of what has no column of its own, and of what the value says only a part of."""
        beyond = range(len(self._headings), len(columns))
        there = [*self._kept, *beyond]
        names = [*(self._headings[at] for at in self._kept), *(f"{at + 1}列目" for at in beyond)]
        texts = [self._shown(columns[at]) for at in there]
        if not there:
            return [{} for _ in columns[0]]
        if len(set(names)) == len(names):
            return [
                {name: shown for name, shown in zip(names, row, strict=True) if shown}
                for row in zip(*texts, strict=True)
            ]
        return [_named(names, there, row) for row in zip(*texts, strict=True)]

    def _shown(self, cells: Sequence[Cell]) -> list[str]:
        if bool in set(map(type, cells)):  # True and 1.0 are one key, and two texts
            return list(map(shown_of, cells))
        if len(self._texts) > _KEPT:
            self._texts.clear()
        new = set(cells) - self._texts.keys()
        self._texts.update((cell, shown_of(cell)) for cell in new)
        return [self._texts[cell] for cell in cells]

    # --- rows that cannot be read -----------------------------------------------------------------------------------

    def _misplaced(self, batch: Batch, at: int) -> str:
        """Why the row is not divided as the headings are; "" if it is."""
        cells, width = batch.rows[at], len(self._headings)
        if at in batch.broken:
            return batch.broken[at]
        if len(cells) > width and self._sheet.strict and any(map(shown_of, cells[width:])):
            return f"セルが{len(cells)}個あり、見出しの{width}個より多いです（余分な区切りがないか確認してください）。"
        return ""

    def _alone(self, record: Record, reason: str) -> BadRow:
        cells = [text(cell) for cell in record.cells]
        beyond = [f"{at}列目" for at in range(len(self._headings) + 1, len(cells) + 1)]
        whole = dict(zip([*self._headings, *beyond], cells, strict=False))
        width = max(len(self._headings), len(cells))
        columns = [[cell] for cell in [*record.cells, *[None] * (width - len(cells))]]
        [said] = self._memories[_BODY].column(columns)
        organization = canonical(said.by_name.get("organization"))
        return BadRow(_TABLE, record.line, "", "、".join(cells), reason, whole, organization)


_Saids = Mapping[Kind, Sequence[Said]]


def _told(column: Sequence[Said], name: str) -> list[str]:
    """A value of each, as text."""
    return [str(one.by_name.get(name) or "") for one in column]


def _named(names: Sequence[str], places: Sequence[int], texts: Sequence[str]) -> dict[str, str]:
    """The texts under their headings, of which some are the same."""
    named = dict[str, str]()
    for name, at, shown in zip(names, places, texts, strict=True):
        if shown:
            named[name if name not in named else f"{name}（{at + 1}列目）"] = shown
    return named


@dataclass(frozen=True)
class _Rows:
    """What rows say: ``numbers`` and ``other`` by position; some cannot be read, and some of these are sums."""

    lines: Sequence[int]
    said: _Saids
    numbers: Sequence[str | None]
    other: Sequence[Mapping[str, str]]
    failed: Collection[int]
    sums: Collection[int]

    def blocks(self) -> Iterator[Block]:
        """Those that can be read, by their columns."""
        names = [[one.names for one in column] for column in self.said.values()]
        unlike = [column for column in names if len(set(column)) > 1]
        shapes = defaultdict[tuple[tuple[str, ...], ...], list[int]](list)
        for at, shape in enumerate(zip(*unlike, strict=True) if unlike else [()] * len(self.lines)):
            if at not in self.failed:
                shapes[shape].append(at)
        for there in shapes.values():
            yield self._block(("contract_id", *chain.from_iterable(column[there[0]] for column in names)), there)

    def _block(self, names: tuple[str, ...], there: Sequence[int]) -> Block:
        columns: list[Sequence[Value]] = [[self.numbers[at] for at in there]]
        original = dict[int, Mapping[str, str]]()
        for column in self.said.values():
            mine = [column[at] for at in there]
            columns += zip(*[one.values for one in mine], strict=True)
            for at, one in enumerate(mine):
                if one.original:
                    original[at] = {**original[at], **one.original} if at in original else one.original
        other = {new: self.other[at] for new, at in enumerate(there) if self.other[at]}
        return Block(_TABLE, names, [self.lines[at] for at in there], columns, original, other)

    def bad(self) -> Iterator[BadRow]:
        """Those that cannot; of a sum the cells mean nothing."""
        for at in sorted(self.failed):
            kinds = [_BODY] if at in self.sums else list(self.said)
            reading = Reading(ledger.CONTRACTS, self.lines[at], {"contract_id": self.numbers[at]})
            for kind in kinds:
                reading.values.update(self.said[kind][at].by_name)
                reading.original.update(self.said[kind][at].original)
                reading.failures.extend(self.said[kind][at].failures)
            if at in self.sums:
                [day, *_] = self.said[_DAY][at].failures
                reading.failures.append(replace(day, reason=_IS_SUM))
            row = reading.result(self._whole(reading, at))
            assert isinstance(row, BadRow)
            unsure = any(failure.column in ("signed_on", *_NUMBERED_BY) for failure in reading.failures)
            yield replace(row, row_key="") if unsure and at not in self.sums else row

    def _whole(self, reading: Reading, at: int) -> dict[str, str]:
        """The row under the headings of the interchange format, what was read as it was read: ready to be mended.

        A heading of the sheet's own that is one of ours too, and a cell that no value says anything of, stand beside it.
        """
        failed = {failure.column: failure.value for failure in reading.failures}
        cells = {name: canonical(value) for name, value in reading.values.items()} | failed
        columns = [column for column in ledger.CONTRACTS.columns if column.name in cells]
        known = {column.heading: cells[column.name] for column in columns}
        other = {name + _OWN if name in known else name: shown for name, shown in self.other[at].items()}
        vague = [
            column for column in columns if not cells[column.name] or column.choices
        ]  # a choice is a guess at words
        unsaid = [column for column in vague if says(reading.original.get(column.name, ""))]
        return {**other, **{column.heading + _OWN: reading.original[column.name] for column in unsaid}, **known}
