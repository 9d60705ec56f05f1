"""The one registry of layouts, and the one way to read a path."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from checks import ledger
from monitor.intake import decisions, files, interchange, jlis, returned
from monitor.intake.archive import Limits
from monitor.intake.cells import text
from monitor.intake.how import How
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


def _returned(sheet: Sheet, how: How) -> Iterator[Part | Unreadable]:
    """Rows that come back from quarantine, by the layout from which they once came."""
    inner = returned.unwrapped(sheet)
    layout = LAYOUTS.get(inner.layout, LAYOUTS[interchange.NAME])
    as_before = replace(how, organization=inner.organization or how.organization, layout=None)
    for item in layout.read(inner, as_before):
        yield returned.refused(inner, item.reason) if isinstance(item, Unreadable) else returned.marked(item, inner)


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(returned.NAME, returned.recognise, _returned),
        Layout(jlis.NAME, jlis.recognise, jlis.read, "J-LIS", "jlis", "地方公共団体情報システム機構"),
        Layout(decisions.NAME, decisions.recognise, decisions.read),
        Layout(interchange.NAME, interchange.recognise, interchange.read),
    )
}  # in the order in which they are asked
TABLES = {
    **ledger.TABLES,
    decisions.NAME: decisions.DECISIONS,
}  # what a part may be, in the order in which they are read


def read(path: Path, how: How | None = None, *, limits: Limits | None = None) -> Iterator[Part | Unreadable]:
    """What lies under a path: first what could not be read, then the parts, organizations before contracts, decisions last.

    ``how`` says what the sheets do not. The rows of a part are read while it is consumed. Raises Problem for a layout
    that there is not.
    """
    return read_sheets(files.sheets(path, limits=limits), how or How())


def read_sheets(sheets: Iterable[Sheet | Unreadable], how: How) -> Iterator[Part | Unreadable]:
    """The same of sheets, wherever they come from."""
    if how.layout is not None and how.layout not in LAYOUTS:
        near = nearest(how.layout, LAYOUTS)
        raise Problem(
            f"There is no layout {how.layout!r}; "
            + (f"did you mean {near!r}?" if near else f"known: {', '.join(LAYOUTS)}.")
        )
    return _read(sheets, how)


def _read(sheets: Iterable[Sheet | Unreadable], how: How) -> Iterator[Part | Unreadable]:
    chosen = LAYOUTS.get(how.layout or "")
    parts: list[Part] = []
    brought: set[str] = set()
    for sheet in sheets:
        if isinstance(sheet, Unreadable):
            yield sheet
            continue
        came_back = LAYOUTS[returned.NAME] if returned.recognise(sheet) else None
        layout = came_back or chosen or next((layout for layout in LAYOUTS.values() if layout.recognise(sheet)), None)
        if layout is None:
            if not sheet.hidden:
                yield _unrecognised(sheet)
            continue
        found = list(layout.read(sheet, replace(how, organization=how.organization or layout.organization or None)))
        yield from (item for item in found if isinstance(item, Unreadable))
        here = [item for item in found if isinstance(item, Part)]
        own = layout.organization and how.organization in (None, layout.organization)
        if here and own and layout.name not in brought:
            brought.add(layout.name)
            parts.append(_organization(here[0].source, layout))
        parts += here
    order = list(TABLES)
    yield from sorted(parts, key=lambda part: order.index(part.table))


def _organization(source: str, layout: Layout) -> Part:
    values = {"organization": layout.organization, "name": layout.organization_name, "rulebook": layout.rulebook}
    row = Row("organizations", 1, values)
    return Part(source, layout.name, "organizations", frozenset(values), (), iter([row]), 1)


def _unrecognised(sheet: Sheet) -> Unreadable:
    first = interchange.heading_row(sheet)
    if first is None:
        return Unreadable(sheet.source, "ファイルに行がありません（空です）。")
    if first.broken:
        return Unreadable(sheet.source, f"{first.line}行目の見出しが読めません（{first.broken.rstrip('。')}）。")
    return Unreadable(sheet.source, interchange.unrecognised([text(cell) for cell in first.cells]))
