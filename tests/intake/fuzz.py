"""Workbooks and text files spoilt at random: never a traceback, never a row lost without a word.

Each row of a sample bears a mark of its own (ZQ00012R003Z). After the import, through the real ``importing.import_path`` into
SQLite, each mark that the spoilt file still holds must be found in a table, in the history or in quarantine, or its sheet
must be among what could not be read. ``python -m tests.intake.fuzz --cases 10000 --seed 1`` says which cases fail; a case is
its number and nothing else, so ``--only 4711`` is that case again.
"""

import argparse
import codecs
import csv
import io
import re
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import IllegalCharacterError
from sqlalchemy import select

from monitor import importing
from monitor.intake import decisions, layouts
from monitor.intake.how import How
from monitor.settings import Settings
from monitor.store import imports, schema
from monitor.store.engine import open_store
from tests import support
from tests.intake.samples import MAPPED, SAMPLES, Grid, Sample

BATCH = 25  # cases of one layout that are imported as one folder
_MARK = re.compile(r"ZQ[0-9]{5,}R[0-9]{3}Z")
_MARK_IN_BYTES = re.compile(_MARK.pattern.encode())
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "utf-16")


@dataclass
class Case:
    """A spoilt file, and the marks that must be found again, by the source that would be named if it cannot be read."""

    number: int
    layout: str
    name: str
    data: bytes
    marks: dict[str, set[str]] = field(default_factory=dict)


# --- cells and rows -------------------------------------------------------------------------------------------------

_WRONG: Sequence[Any] = (
    None, "", " ", "　", "-", "－", "?", "#N/A", "=1+1", "@SUM(A1)", "+81", "￥1,234", "１２３", "1,5OO円", "約百万円", "令和1年4月30日",
    "R7.13.1", "2025-04-31", "20250401", 45748, 45748.5, -1, 0, 0.025, 1e20, 10**15, True, False, date(2025, 4, 1),
    datetime.fromisoformat("2025-04-01T09:30:00"), timedelta(hours=30), "x" * 1100, "あ" * 40_000, "a\nb", "a\r\nb", 'a"b', "a,b", "a\tb",
    "\u200b", "\ufeff", "㈱①～Ⅲ髙﨑", "𠮷", "\u202eabc", "e\u0301", "7123456789012", "7123456789013", "別紙のとおり", "<b>&amp;</b>", "_x0041_",
)  # fmt: skip


def _width(rows: Grid) -> int:
    return max(map(len, rows), default=0)


def _swap_columns(rows: Grid, random: Random) -> Grid:
    order = list(range(_width(rows)))
    random.shuffle(order)
    padded = [[*row, *[None] * (len(order) - len(row))] for row in rows]
    return [[row[at] for at in order] for row in padded]


def _shuffle_headings(rows: Grid, random: Random) -> Grid:
    return [random.sample(rows[0], len(rows[0])), *rows[1:]] if rows else rows


def _spoil_heading(rows: Grid, random: Random) -> Grid:
    if not rows or not rows[0]:
        return rows
    first, at = list(rows[0]), random.randrange(len(rows[0]))
    first[at] = random.choice(
        [None, "", "？", first[at - 1], f"{first[at]}（注）", f"　{first[at]} ", f"{first[at]}\n", "備考", 7]
    )
    return [first, *rows[1:]]


def _double(rows: Grid, random: Random) -> Grid:
    at = random.randrange(len(rows)) if rows else 0
    return [*rows[: at + 1], *rows[at:]]


def _delete(rows: Grid, random: Random) -> Grid:
    at = random.randrange(len(rows)) if rows else 0
    return [*rows[:at], *rows[at + 1 :]]


def _title_above(rows: Grid, random: Random) -> Grid:
    titles: Grid = [["令和7年度　契約一覧"], [], [None, "（単位：円）"], ["作成日", date(2025, 6, 1)], ["1", "2", "3"]]
    return [*random.choices(titles, k=random.randint(1, 3)), *rows]


def _blank_row(rows: Grid, random: Random) -> Grid:
    at = random.randint(0, len(rows))
    return [*rows[:at], random.choice([[], [None], ["", " ", "　"]]), *rows[at:]]


def _total_below(rows: Grid, random: Random) -> Grid:
    return [
        *rows,
        random.choice(
            [["合計", None, None, 123], ["（注）予定価格は公表しない。"], ["※1 備考"], [None] * 5 + ["以上"]]
        ),
    ]


def _more_cells(rows: Grid, random: Random) -> Grid:
    return [
        [*row, *random.choices(_WRONG[:20], k=random.randint(1, 3))] if random.random() < 0.3 else row for row in rows
    ]


def _fewer_cells(rows: Grid, random: Random) -> Grid:
    return [row[: random.randint(0, len(row))] if random.random() < 0.2 else row for row in rows]


def _shift(rows: Grid, random: Random) -> Grid:
    return (
        [[*[None] * random.randint(1, 2), *row] for row in rows]
        if random.random() < 0.5
        else [*rows[1:], rows[0]]
        if rows
        else rows
    )


def _spoil_cells(rows: Grid, random: Random) -> Grid:
    spoilt = [list(row) for row in rows]
    for _ in range(random.randint(1, 6)):
        row = random.choice(spoilt) if spoilt else []
        if row:
            row[random.randrange(len(row))] = random.choice(_WRONG)
    return spoilt


def _column_of_another_type(rows: Grid, random: Random) -> Grid:
    at, wrong = random.randrange(max(_width(rows), 1)), random.choice(_WRONG)
    return [
        [wrong if place == at and number else cell for place, cell in enumerate(row)] for number, row in enumerate(rows)
    ]


_GRIDS: Sequence[Callable[[Grid, Random], Grid]] = (
    _swap_columns, _shuffle_headings, _spoil_heading, _double, _delete, _title_above, _blank_row, _total_below, _more_cells,
    _fewer_cells, _shift, _spoil_cells, _spoil_cells, _spoil_cells, _column_of_another_type,
)  # fmt: skip


# --- files ----------------------------------------------------------------------------------------------------------


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _text(rows: Grid, random: Random, separator: str) -> bytes:
    """CSV, or lines of cells divided by tabs, in one encoding or in several."""
    if separator == "\t":
        text = "\n".join("\t".join(re.sub(r"[\t\r\n]", " ", _shown(cell)) for cell in row) for row in rows) + "\n"
    else:
        out = io.StringIO()
        ends = random.choice(["\r\n", "\n"])
        quoting = random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
        csv.writer(out, quoting=quoting, lineterminator=ends).writerows(
            [[_shown(cell) for cell in row] for row in rows]
        )
        text = out.getvalue()
    encoding = random.choice(_ENCODINGS)
    if random.random() < 0.1:
        lines = text.splitlines(keepends=True)
        return b"".join(line.encode(random.choice(_ENCODINGS[:3]), "replace") for line in lines)
    return text.encode(encoding, "replace")


def _workbook(sheets: Mapping[str, Grid], random: Random) -> tuple[bytes, set[str]]:
    """The package, and the names of the sheets that are hidden."""
    book, hidden = openpyxl.Workbook(), set[str]()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for line, row in enumerate(rows, 1):
            for at, cell in enumerate(row, 1):
                if cell is not None:
                    try:
                        page.cell(line, at).value = cell
                    except (IllegalCharacterError, ValueError):
                        page.cell(line, at).value = "?"
        if random.random() < 0.3 and len(rows) > 2:
            _merge(page, rows, random)
        if random.random() < 0.1 and len(sheets) > 1 and not hidden:
            page.sheet_state = "hidden"
            hidden.add(name)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue(), hidden


def _merge(page: Any, rows: Grid, random: Random) -> None:
    """A few cells made one, as printed tables have them; only their first keeps what it says."""
    top, left = random.randrange(1, len(rows) + 1), random.randrange(1, _width(rows) + 1)
    page.merge_cells(
        start_row=top, end_row=top + random.randint(0, 2), start_column=left, end_column=left + random.randint(0, 2)
    )


def _flip(data: bytes, random: Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(random.randint(1, 8)):
        if spoilt:
            spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return (
        data[:at]
        + random.choice([b"\0", b"\r", b'"', b"\xff", b"\x1a", b"\xef\xbb\xbf", b"\x81", b"\n\n", b"\t"])
        + data[at:]
    )


_BYTES: Sequence[Callable[[bytes, Random], bytes]] = (_flip, _cut, _insert)


def _swap_members(data: bytes, random: Random) -> bytes:
    """Two sheets of a package under each other's name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    pages = [name for name in members if _SHEET.fullmatch(name)]
    if len(pages) > 1:
        one, other = random.sample(pages, 2)
        members[one], members[other] = members[other], members[one]
    return _zipped(members)


def _zipped(members: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    return raw.getvalue()


# --- cases ----------------------------------------------------------------------------------------------------------


def case(number: int, seed: int = 0) -> Case:
    """The case of this number."""
    random = Random(f"{seed}:{number}")
    layout = case_layout(number)
    sample = SAMPLES[layout]
    grids = sample.make(random, f"ZQ{number:05d}R")
    for name in grids:
        for _ in range(random.choice([0, 1, 1, 2, 3])):
            grids[name] = random.choice(_GRIDS)(grids[name], random)
    if random.choice(sample.files) == "xlsx":
        name = f"{number:05d}.{random.choice(['xlsx', 'xlsm', 'xls'])}"
        made = _as_workbook(Case(number, layout, name, b""), grids, random)
    else:
        made = _as_text(Case(number, layout, "", b""), sample, grids, random)
    if layout == decisions.NAME and not any("理由" in row for grid in grids.values() for row in grid):
        made.marks = {source: set() for source in made.marks}  # the marks lie in a column of the clerk's own
    return made


def _as_workbook(made: Case, grids: dict[str, Grid], random: Random) -> Case:
    data, hidden = _workbook(grids, random)
    where = {f"{made.name}[{name}]": set(_MARK.findall(_kept(data, name))) for name in grids if name not in hidden}
    spoil = random.random()
    if spoil < 0.1:  # whatever is said of the whole file will do
        made.data, made.marks = random.choice(_BYTES)(data, random), {made.name: set().union(*where.values())}
        return made
    if spoil < 0.2:
        made.data, made.marks = (
            _swap_members(data, random),
            {made.name: set().union(*where.values()) if not hidden else set()},
        )
        made.marks |= {source: set() for source in where}
        return made
    made.data, made.marks = data, where
    return made


def _kept(data: bytes, name: str) -> str:
    """What the sheet says when it has been written: merged cells are gone."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return " ".join(str(cell) for row in book[name].iter_rows(values_only=True) for cell in row if cell is not None)


def _as_text(made: Case, sample: Sample, grids: dict[str, Grid], random: Random) -> Case:
    name, rows = random.choice(list(grids.items()))
    data = _text(rows, random, sample.separator)
    if random.random() < 0.3:
        data = random.choice(_BYTES)(data, random)
    marks = _marks(data)
    suffix = random.choice(["csv", "csv", "txt", "xls"] if sample.separator == "," else ["txt", "tsv"])
    if random.random() < 0.2:
        member = f"{name}.csv" if sample.separator == "," else f"{name}.txt"
        made.name, made.data = f"{made.number:05d}.zip", _zipped({member: data})
        made.marks = {f"{made.name}[{member}]": marks}
        if random.random() < 0.2:
            made.data, made.marks = _flip(made.data, random), {made.name: set()}
        return made
    made.name, made.data, made.marks = f"{made.number:05d}.{suffix}", data, {f"{made.number:05d}.{suffix}": marks}
    return made


def _marks(data: bytes) -> set[str]:
    """The marks that a text file still holds."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return set(_MARK.findall(data.decode("utf-16", "ignore")))
    marks = {mark.decode() for mark in _MARK_IN_BYTES.findall(data)}
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:  # then a letter of a mark may be the second half of a Japanese one
        marks &= set(_MARK.findall(data.decode("cp932", "replace")))
    return marks


# --- judging --------------------------------------------------------------------------------------------------------


def failures(cases: Sequence[Case], how: How) -> list[str]:
    """What is wrong with the import of these files, which are of one layout: one sentence for each."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as place:
        folder, engine = Path(place) / "files", open_store(f"sqlite:///{place}/keiyaku.db")
        folder.mkdir()
        (folder / "0.csv").write_text("機関コード,機関名,規程\nX,模擬市,municipality\n", encoding="utf-8")
        for one in cases:
            (folder / one.name).write_bytes(one.data)
        try:
            done = importing.import_path(support.place(engine, Settings()), folder, how, lambda *_: None)
            found = _stored(engine)
        except Exception:  # noqa: BLE001  # whatever it is, it is a failure
            if len(cases) > 1:
                return [told for one in cases for told in failures([one], how)]
            return [f"case {cases[0].number} ({cases[0].layout}, {cases[0].name}):\n{traceback.format_exc()}"]
        finally:
            engine.dispose()
    return [*_miscounted(done), *(told for one in cases for told in _lost(one, done, found))]


def _stored(engine: Any) -> set[str]:
    """The marks of all that the store holds."""
    tables = [*schema.LEDGER.values(), schema.quarantine, schema.row_history]
    tables += [
        table for name, table in schema.metadata.tables.items() if name == "register_rows" and table not in tables
    ]
    with engine.connect() as connection:
        return {
            mark
            for table in tables
            for row in connection.execute(select(table))
            for mark in _MARK.findall(str(tuple(row)))
        }


def _miscounted(done: importing.Imports) -> Iterator[str]:
    for part in done.parts:
        counts = part.counts
        if (
            isinstance(part, imports.Imported)
            and counts.read != counts.added + counts.changed + counts.unchanged + counts.quarantined
        ):
            yield f"{part.source}: {counts}"


def _lost(one: Case, done: importing.Imports, found: set[str]) -> Iterator[str]:
    said = {item.source for item in done.unreadable}
    if one.name in said:
        return
    for source, marks in one.marks.items():
        gone = sorted(marks - found)
        whole = source == one.name and any(item.startswith(f"{one.name}[") for item in said)
        if gone and source not in said and not whole:
            yield f"case {one.number} ({one.layout}, {source}): {len(gone)} of {len(marks)} rows are lost: {gone[:5]}"


def run(numbers: Sequence[int], seed: int = 0) -> Iterator[str]:
    """The failures of these cases."""
    by_layout: dict[str, list[int]] = {}
    for number in numbers:
        by_layout.setdefault(case_layout(number), []).append(number)
    for layout, mine in by_layout.items():
        for start in range(0, len(mine), BATCH):
            yield from failures([case(number, seed) for number in mine[start : start + BATCH]], SAMPLES[layout].how)


def case_layout(number: int) -> str:
    """Of which layout a case is."""
    names = sorted(set(SAMPLES) & {*layouts.LAYOUTS, MAPPED})
    return names[number % len(names)]


def main() -> int:
    """0, or 1 with each failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.intake.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="one case; its file is written here")
    chosen = parser.parse_args()
    if chosen.only is not None:
        made = case(chosen.only, chosen.seed)
        Path(made.name).write_bytes(made.data)
    wrong = list(run([chosen.only] if chosen.only is not None else range(chosen.cases), chosen.seed))
    sys.stdout.write(
        "\n".join([*wrong, f"{chosen.cases if chosen.only is None else 1} files, {len(wrong)} failures"]) + "\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
