"""The one registry of layouts, and the one way to read a path."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks import ledger
from monitor.intake import awards, decisions, files, forms, interchange, jlis, published, returned
from monitor.intake.archive import Limits
from monitor.intake.cells import text
from monitor.intake.headings import heading_row, unrecognised
from monitor.intake.how import How
from monitor.intake.mapping import TableMapping, load
from monitor.intake.mapping_choice import Mappings
from monitor.intake.rows import Part, Row, Unreadable
from monitor.intake.sheets import Sheet
from monitor.problems import Problem, nearest


@dataclass(frozen=True)
class Layout:
    """A layout: how to know it, how to read it, and the organization that it brings ("" if none)."""

    name: str
    recognise: Callable[[Sheet], bool]
    read: Callable[[Sheet, How], Iterator[Part | Unreadable]]
    organization: str = ""
    rulebook: str = ""
    organization_name: str = ""
    numbered: bool = False  # its 契約番号 is the body's own: a contract keeps it in every edition
    yields: bool = False  # to a mapping that a person has kept for these headings: it guesses, the person knows


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(jlis.NAME, jlis.recognise, jlis.read, "J-LIS", "jlis", "地方公共団体情報システム機構"),
        Layout(awards.NAME, awards.recognise, awards.read),
        Layout(decisions.NAME, decisions.recognise, decisions.read),
        Layout(forms.NAME, forms.recognise, forms.read, yields=True),
        Layout(interchange.NAME, interchange.recognise, interchange.read, numbered=True),
    )
}  # in the order in which they are asked
TABLES = {
    **ledger.TABLES,
    decisions.NAME: decisions.DECISIONS,
}  # what a part may be, in the order in which they are read


def read(
    path: Path, how: How | None = None, *, limits: Limits | None = None, mappings: Sequence[TableMapping] = ()
) -> Iterator[Part | Unreadable]:
    """What lies under a path: first what could not be read, then the parts, organizations before contracts, decisions last.

    ``how`` says what the sheets do not; ``mappings`` are tried on what no layout can read. The rows of a part are read
    while it is consumed. Raises Problem for a layout that there is not, and for a mapping that is wrong.
    """
    return read_sheets(files.sheets(path, limits=limits), how or How(), mappings)


def read_sheets(
    sheets: Iterable[Sheet | Unreadable], how: How, mappings: Sequence[TableMapping] = ()
) -> Iterator[Part | Unreadable]:
    """The same of sheets, wherever they come from."""
    if how.layout is not None and how.layout not in LAYOUTS:
        near = nearest(how.layout, LAYOUTS)
        raise Problem(
            f"There is no layout {how.layout!r}; "
            + (f"did you mean {near!r}?" if near else f"known: {', '.join(LAYOUTS)}.")
        )
    return _read(sheets, how, Mappings(load(how.mapping) if how.mapping else None, mappings))


def _read(sheets: Iterable[Sheet | Unreadable], how: How, mappings: Mappings) -> Iterator[Part | Unreadable]:
    parts: list[Part] = []
    unread: list[Unreadable] = []
    brought: set[str] = set()
    registers = published.Registers(how)
    only: set[str] = set()  # workbooks of which a mapping names the one sheet that is meant
    for sheet in sheets:
        if isinstance(sheet, Unreadable):
            yield sheet
            continue
        layout, found = _sheet(sheet, how, mappings)
        if layout is None and not found and not sheet.hidden:
            unread.append(_unrecognised(sheet, mappings))
        yield from (item for item in found if isinstance(item, Unreadable))
        here = [
            registers.taken(item, layout.numbered if layout else mappings.numbered(item))
            for item in found
            if isinstance(item, Part)
        ]
        own = layout is not None and layout.organization and how.organization in (None, layout.organization)
        if here and own and layout and layout.name not in brought:
            brought.add(layout.name)
            parts.append(_organization(here[0].source, layout))
        only |= {_workbook(part.source) for part in here if mappings.names_sheet(part)}
        parts += here
    yield from (each for each in unread if _workbook(each.source) not in only)
    if how.rulebook and how.organization and _lacks_body(parts):
        parts.append(_body(parts[0].source, how.organization, how.rulebook))
    order = list(TABLES)
    yield from sorted(parts, key=lambda part: order.index(part.table))


def _sheet(sheet: Sheet, how: How, mappings: Mappings) -> tuple[Layout | None, list[Part | Unreadable]]:
    """(the layout that knows the sheet, what it found there); a mapping that fits comes before a layout that cannot read it."""
    if returned.recognise(sheet):
        return None, _returned(sheet, how, mappings)
    chosen = LAYOUTS.get(how.layout or "")
    if chosen is None and (asked := mappings.as_asked(sheet, how)):
        return None, asked
    layout = chosen or next((layout for layout in LAYOUTS.values() if layout.recognise(sheet)), None)
    found: list[Part | Unreadable] = []
    if layout is not None:
        found = list(layout.read(sheet, replace(how, organization=how.organization or layout.organization or None)))
    refused = bool(found) and all(isinstance(item, Unreadable) for item in found)
    if chosen is None and (layout is None or refused or layout.yields) and (tried := mappings.tried(sheet, how)):
        return None, tried
    if chosen is None and layout and layout.yields and (gone := mappings.gone(sheet, most=True)):
        told = f"{gone}対応表を直すか、この様式として読むなら --layout {layout.name} を付けてください。"
        return layout, [Unreadable(sheet.source, told)]
    if refused and (gone := mappings.gone(sheet)):
        found = [replace(item, reason=item.reason + gone) for item in found if isinstance(item, Unreadable)]
    return layout, found


def _returned(sheet: Sheet, how: How, mappings: Mappings) -> list[Part | Unreadable]:
    """Rows that come back from quarantine, as they were read when they went there."""
    inner = returned.unwrapped(sheet)
    layout = inner.layout if inner.layout in LAYOUTS else None
    as_before = replace(how, organization=inner.organization or how.organization, layout=layout, register=False)
    _, found = _sheet(inner, as_before, mappings)
    if not any(isinstance(item, Unreadable) or item.table == inner.table for item in found):
        found.append(_unrecognised(inner, mappings))
    return [
        returned.refused(inner, item.reason) if isinstance(item, Unreadable) else returned.marked(item, inner)
        for item in found
    ]


def _lacks_body(parts: Sequence[Part]) -> bool:
    """Whether there are rows of a body, and none brings the body itself."""
    tables = {part.table for part in parts}
    return ledger.ORGANIZATIONS.name not in tables and any(
        ledger.TABLES[name].by_organization for name in tables if name in ledger.TABLES
    )


def _body(source: str, organization: str, rulebook: str) -> Part:
    """The body of which the caller has said the rulebook; one that the ledger knows stays as it is."""
    values = {"organization": organization, "name": organization, "rulebook": rulebook}
    row = Row(ledger.ORGANIZATIONS.name, 1, values)
    return Part(source, interchange.NAME, row.table, frozenset(values), (), iter([row]), 1, new_only=True)


def _workbook(source: str) -> str:
    return source.rpartition("[")[0] or source


def _organization(source: str, layout: Layout) -> Part:
    values = {"organization": layout.organization, "name": layout.organization_name, "rulebook": layout.rulebook}
    row = Row("organizations", 1, values)
    return Part(source, layout.name, "organizations", frozenset(values), (), iter([row]), 1, new_only=True)


def _unrecognised(sheet: Sheet, mappings: Mappings) -> Unreadable:
    first = heading_row(sheet)
    if first is None:
        return Unreadable(sheet.source, "ファイルに行がありません（空です）。")
    if first.broken:
        return Unreadable(sheet.source, f"{first.line}行目の見出しが読めません（{first.broken.rstrip('。')}）。")
    reason = unrecognised([text(cell) for cell in first.cells])
    return Unreadable(sheet.source, mappings.gone(sheet) or reason)
