"""A table as text, at once for thousands of rows: rich, which asks each cell how it would like to be drawn, takes seconds."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len

_LEAST = 8  # columns that a cell keeps in a terminal that is too narrow for all


def lines(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The lines of a table of at most so many columns (a Japanese letter counts two), long cells folded."""
    widths = _widths(headings, rows, width - 3 * len(headings) - 1)
    yield _rule("┏┳┓", "━", widths)
    yield from _row(headings, widths, "┃")
    yield _rule("┡╇┩", "━", widths)
    for row in rows:
        yield from _row(row, widths, "│")
    yield _rule("└┴┘", "─", widths)


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """As wide as the longest cell; where there is no room for that, the widest ones give way."""
    widths = [max(map(cell_len, column), default=0) for column in zip(headings, *rows, strict=True)]
    while sum(widths) > room and max(widths) > _LEAST:
        widest = widths.index(max(widths))
        second = max((one for one in widths if one < widths[widest]), default=0)
        widths[widest] = max(second, _LEAST, widths[widest] - (sum(widths) - room))
        if widths[widest] == second:  # from here they give way together
            widths[widest] -= sum(widths) > room
    return widths


def _row(cells: Sequence[str], widths: Sequence[int], bar: str) -> Iterator[str]:
    folded = [list(fold(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        inner = f" {bar} ".join(
            part + " " * (width - cell_len(part)) for part, width in zip(parts, widths, strict=True)
        )
        yield f"{bar} {inner} {bar}"


def fold(text: str, width: int) -> Iterator[str]:
    """A text in parts of at most so many columns."""
    if cell_len(text) <= width:
        yield text
        return
    begun, used = 0, 0
    for at, letter in enumerate(text):
        size = cell_len(letter)
        if used + size > width and at > begun:
            yield text[begun:at]
            begun, used = at, 0
        used += size
    yield text[begun:]


def _rule(corners: str, stroke: str, widths: Sequence[int]) -> str:
    left, cross, right = tuple(corners)
    return left + cross.join(stroke * (width + 2) for width in widths) + right
