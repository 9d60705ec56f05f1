"""A sheet read by a mapping: its headings and cells are translated, and interchange.py reads the translation.

So there is one reader, one quarantine, one quick path. What was translated keeps the cell's own text (Row.original), and a
row in quarantine names the file's own heading and cell; its whole row stands under our headings, ready to be mended and
read again without the mapping.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from checks.ledger import Column
from monitor.intake import cells as values
from monitor.intake import interchange
from monitor.intake.cells import Cell, text
from monitor.intake.headings import heading_key
from monitor.intake.how import How
from monitor.intake.mapping import PAIRS, TableMapping
from monitor.intake.mapping_cells import in_yen, meant, name_and_place, period
from monitor.intake.mapping_headings import Headings
from monitor.intake.numbering import Ordinals, derived_number
from monitor.intake.rows import BadRow, Block, Blocks, CellError, Part, Row, Unreadable, quote
from monitor.intake.sheets import Batch, Record, Sheet

_SPLIT = {PAIRS[0]: period, PAIRS[1]: name_and_place}
_UNSPLIT = {
    PAIRS[0]: "は期間として読めません（例: R7.4.1～R8.3.31）。",
    PAIRS[1]: "を名称と所在地に分けられません（間に改行を入れてください）。",
}
_ABOVE = "見出しの行より上にあります（見出しの行ごと並べ替えていないか確認してください）。"
_FEWEST = 3  # cells of a row above the headings that is no title
_CUT = 2  # the same beside rows that are none
New = tuple[Cell, ...] | str
"""The cells that stand for one, or the end of a sentence that says why there are none."""


def read(sheet: Sheet, how: How, mapping: TableMapping, headings: Headings) -> Iterator[Part | Unreadable]:
    """The sheet as one part of the mapping's table. What the caller says of the organization comes before the mapping."""
    if how.organization and "organization" in mapping.values:
        mapping = replace(mapping, values={**mapping.values, "organization": how.organization})
    translated = _Translated(sheet, mapping, headings)
    for item in interchange.read(translated, how):
        if isinstance(item, Part) and isinstance(item.rows, Blocks):
            yield replace(item, layout=mapping.layout, rows=Blocks(translated.told(item.rows.blocks)))
        else:
            yield item


@dataclass
class _Translated:
    """The sheet as one of the interchange format; the line numbers are its own."""

    sheet: Sheet
    mapping: TableMapping
    headings: Headings
    hidden: bool = False
    _own: dict[int, dict[str, str]] = field(default_factory=dict)  # line → our heading → the cell's own text

    @property
    def source(self) -> str:
        """What messages call it."""
        return self.sheet.source

    @property
    def names(self) -> tuple[str, ...]:
        """The table, by which interchange knows it."""
        return (self.mapping.table.name,)

    @property
    def total(self) -> int | None:
        """Rows from the headings on."""
        return self.sheet.total

    def is_percent(self, line: int, position: int, /) -> bool | None:
        """Of the sheet's own cells."""
        return self.sheet.is_percent(line, position) if position < len(self.headings.names) else False

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its own; no layout that reads lines is asked."""
        return self.sheet.lines()

    def records(self) -> Iterator[Record]:
        """The headings, then the rows below them."""
        for batch in self.batches():
            yield from map(batch.record, range(len(batch.lines)))

    def batches(self) -> Iterator[Batch]:
        """The same, many at a time."""
        yield Batch([self.headings.line], [[*self._names]])
        if above := self._above():
            broken = dict.fromkeys(range(len(above)), _ABOVE)
            yield Batch([record.line for record in above], [record.cells for record in above], broken)
        ordinals = Ordinals()
        for batch in self.sheet.batches():
            start = next((at for at, line in enumerate(batch.lines) if line > self.headings.line), None)
            if start is not None:
                yield self._batch(batch, start, ordinals)

    def _above(self) -> list[Record]:
        """What stands above the headings and is no title, for it fills half of the columns: who sorts the headings too."""
        enough = max(_FEWEST, len(self._mapped) / 2)
        before = [*takewhile(lambda record: record.line < self.headings.line, self.sheet.records())]
        titles = before[: len(before) - self.headings.rows + 1]  # without the first of two rows of headings
        said = [sum(map(bool, map(_said, self._cells(record)))) for record in titles]
        first = next((at for at, count in enumerate(said) if count >= enough), len(said))
        rows = first < len(said)  # then what is cut short beside them is a row too, and below them no title stands
        return [
            record
            for at, (record, count) in enumerate(zip(titles, said, strict=True))
            if record.broken or count >= enough or (rows and count >= _CUT) or (at > first and count)
        ]

    def _cells(self, record: Record) -> list[Cell]:
        return [record.cells[at] for at in self._mapped if at < len(record.cells)]

    def told(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks that interchange makes of them, with the cells' own texts and, in quarantine, the own headings."""
        for block in blocks:
            changed = self._own
            block.original = {
                at: {**block.original.get(at, {}), **self._by_column(changed.get(line, {}))}
                for at, line in enumerate(block.lines)
                if at in block.original or line in changed
            }
            block.apart = [self._row(row, changed.get(row.line, {})) for row in block.apart]
            yield block

    # --- headings -------------------------------------------------------------------------------------------------

    @cached_property
    def _mapped(self) -> Mapping[int, tuple[Column, ...]]:
        """Position → the columns that stand there; two of a pair."""
        there, found = self.headings.positions(), dict[int, list[Column]]()
        for name, heading in self.mapping.columns.items():
            found.setdefault(there[heading_key(heading)], []).append(self.mapping.table.by_name[name])
        return {at: tuple(columns) for at, columns in found.items()}

    @cached_property
    def _added(self) -> tuple[Column, ...]:
        """The columns that stand behind the sheet's own: second ones of a pair, those of one value, the derived number."""
        table = self.mapping.table
        second = [column for columns in self._mapped.values() for column in columns[1:]]
        fixed = [table.by_name[name] for name in self.mapping.values]
        return (*second, *fixed, *((table.by_name["contract_id"],) if self.mapping.number_from else ()))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Our headings for those that are mapped, "" for those that are not kept; no other may look like one of ours."""
        known = {
            heading_key(word)
            for column in self.mapping.table.columns
            for word in (column.name, column.heading, *column.also)
        }
        names = list[str]()
        for at, own in enumerate(self.headings.names):
            key = heading_key(own)
            if at in self._mapped:
                names.append(self._mapped[at][0].heading)
            elif at in self._ignored:
                names.append("")
            else:
                names.append(f"{own}（対応なし）" if key in known else own)
        return (*names, *(column.heading for column in self._added))

    @cached_property
    def _own_heading(self) -> Mapping[str, str]:
        """Our heading → the file's."""
        return {self.mapping.table.by_name[name].heading: heading for name, heading in self.mapping.columns.items()}

    # --- cells ----------------------------------------------------------------------------------------------------

    def _batch(self, batch: Batch, start: int, ordinals: Ordinals) -> Batch:
        """The rows from ``start`` on, translated column by column; ``_own`` holds what was changed in them."""
        self._own = {}
        lines, width = batch.lines[start:], len(self.headings.names)
        broken = {at - start: why for at, why in batch.broken.items() if at >= start}
        rows = [self._fitted(row, width, at, broken) for at, row in enumerate(batch.rows[start:])]
        columns: list[list[Cell]] = [[row[at] for row in rows] for at in range(width)]
        added: dict[str, list[Cell]] = {column.name: [""] * len(rows) for column in self._added}
        for at, mapped in self._mapped.items():
            changed = self._translated(columns[at], mapped)
            for place, new in changed.items():
                own = text(columns[at][place])
                if isinstance(new, str):
                    broken.setdefault(place, f"「{self.headings.names[at]}」の{quote(own)}{new}")
                    continue
                for column, cell in zip(mapped, new, strict=True):
                    self._own.setdefault(lines[place], {})[column.heading] = own
                    (columns[at] if column is mapped[0] else added[column.name])[place] = cell
        data = [at for at, row in enumerate(rows) if any(text(cell).strip() for cell in row)]
        for name, value in self.mapping.values.items():
            for place in data:
                added[name][place] = value
        if self.mapping.number_from:
            self._number(columns, added, [place for place in data if place not in broken], ordinals)
        made = zip(*columns, *added.values(), strict=True)
        whole = [
            [*rows[at], *batch.rows[start + at][width:]] if at in broken else list(row) for at, row in enumerate(made)
        ]
        return Batch(lines, whole, broken)

    def _fitted(self, row: Sequence[Cell], width: int, at: int, broken: dict[int, str]) -> list[Cell]:
        """As wide as the headings; blank for a row that is none (合計, ※, the headings again)."""
        if any(text(cell).strip() for cell in row[width:]) and at not in broken:
            broken[at] = (
                f"セルが{len(row)}個あり、見出しの{width}個より多いです（余分な区切りがないか確認してください）。"
            )
        first = next((shown for cell in row if (shown := text(cell).strip())), "")
        again = bool(first) and heading_key(first) == self._first_heading and self._repeats(row)
        if again or (self.mapping.skip and first.startswith(self.mapping.skip)):
            broken.pop(at, None)
            return [""] * width
        fitted = [*row[:width], *[""] * (width - len(row))]
        for ignored in self._ignored:
            fitted[ignored] = ""
        return fitted

    @cached_property
    def _ignored(self) -> tuple[int, ...]:
        ignored = set(map(heading_key, self.mapping.ignore))
        return tuple(at for at, name in enumerate(self.headings.names) if heading_key(name) in ignored)

    @cached_property
    def _first_heading(self) -> str:
        return next((heading_key(name) for name in self.headings.names if name), "")

    def _repeats(self, row: Sequence[Cell]) -> bool:
        return [heading_key(text(cell)) for cell in row] == [heading_key(name) for name in self.headings.names]

    def _translated(self, column: Sequence[Cell], mapped: tuple[Column, ...]) -> dict[int, New]:
        """Position → what becomes of the cells that the mapping changes; each distinct cell is looked at once."""
        translate = self._translator(mapped)
        if translate is None:
            return {}
        memory, changed = dict[tuple[type, Cell], New | None](), dict[int, New]()
        for at, cell in enumerate(column):
            if cell is None or cell == "":
                continue
            key = (type(cell), cell)
            if key not in memory:
                new = translate(cell)
                memory[key] = None if len(mapped) == 1 and new[0] is cell else new
            if (found := memory[key]) is not None:
                changed[at] = found
        return changed

    def _translator(self, mapped: tuple[Column, ...]) -> Callable[[Cell], New] | None:
        """What becomes of a cell of a column; None where nothing ever does."""
        first = mapped[0]
        blank = set(map(heading_key, self.mapping.blank))
        means, factor = self.mapping.means.get(first.name, {}), self.mapping.units.get(first.name, 1)
        if len(mapped) == 1 and not blank and not means and factor == 1:
            return None

        def translate(cell: Cell) -> New:
            if heading_key(text(cell)) in blank:
                return ("",) * len(mapped)
            new = meant(cell, means)
            new = in_yen(new, factor) if new is cell else new
            return self._pair(new, mapped) if len(mapped) == 2 else (new,)

        return translate

    @staticmethod
    def _pair(cell: Cell, mapped: tuple[Column, ...]) -> New:
        """The two cells of one, in the order of ``mapped``, or why it cannot be divided."""
        names = tuple(column.name for column in mapped)
        pair = PAIRS[0] if names in (PAIRS[0], PAIRS[0][::-1]) else PAIRS[1]
        found = _SPLIT[pair](cell)
        if found is None:
            return _UNSPLIT[pair]
        return found if pair == names else found[::-1]

    def _number(
        self, columns: Sequence[Sequence[Cell]], added: dict[str, list[Cell]], rows: Sequence[int], ordinals: Ordinals
    ) -> None:
        """A contract_id for each row whose date can be read."""
        places = {column.name: columns[at] for at, mapped in self._mapped.items() for column in mapped[:1]}
        parts = [{**added, **places}[name] for name in self.mapping.number_from if name != "signed_on"]
        day = self.mapping.table.by_name["signed_on"]
        for at in rows:
            try:
                signed_on, _ = values.read(day, places["signed_on"][at])
            except CellError:
                continue
            if signed_on is not None and not isinstance(signed_on, (str, int)):
                added["contract_id"][at] = ordinals(derived_number(signed_on, [text(part[at]) for part in parts]))

    # --- what is told of them -------------------------------------------------------------------------------------

    def _by_column(self, own: Mapping[str, str]) -> dict[str, str]:
        by_heading = {column.heading: column.name for column in self.mapping.table.columns}
        return {by_heading[heading]: shown for heading, shown in own.items()}

    def _row(self, row: Row | BadRow, own: Mapping[str, str]) -> Row | BadRow:
        if isinstance(row, Row):
            return row._replace(original={**row.original, **self._by_column(own)}) if own else row
        number = self.mapping.table.by_name["contract_id"].heading if self.mapping.number_from else ""
        reason = row.reason
        if number and not row.cells.get(number):
            told = "契約番号はこの表にないため、日付などから作ります。元のファイルを直してもう一度取り込んでください。"
            reason = f"{reason}{told}"
        return replace(
            row,
            column=self._own_heading.get(row.column, row.column),
            value=own.get(row.column, row.value),
            reason=reason,
        )


def _said(cell: Cell) -> str:
    return text(cell).strip()
