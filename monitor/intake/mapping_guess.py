"""A proposal for a table that nobody has described: by the words of its headings and by what its columns hold.

Nothing is guessed in silence: each column has its confidence, what is doubtful is a comment that a person must free, and
what is required and was not found is said.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from checks import ledger
from checks.ledger import Column, Kind, Table
from monitor.intake import cells
from monitor.intake.cells import Cell, CellError, text
from monitor.intake.headings import heading_key
from monitor.intake.mapping import PAIRS, UNITS
from monitor.intake.mapping_headings import SEARCHED, Headings, candidates
from monitor.intake.mapping_profile import Profile, choice, fits, may_name
from monitor.intake.mapping_words import BLANK, CALLED, NOT, PERSON, SKIP
from monitor.intake.sheets import Record, Sheet
from monitor.problems import Problem, unknown

SAID = 0.3  # below it a heading says nothing
SURE = 0.5  # below it a proposal is a comment
_LOOKED_AT = 400  # rows below the headings
_SAYS_WHY = re.compile(
    "公表|単価|未定|別途|省略|同上|随時|概算|後日|不明|無し?$|なし$|未$|免除|対象"
)  # and no person's name
_WORDS = 5  # words among numbers
_CHOICES = 30  # different words of a column that are worth translating
_AGAINST = {column: tuple(map(heading_key, told.split())) for column, told in NOT.items()}
_DIGIT = re.compile("[0-9０-９]")  # of a row of the table, hardly of a heading
_BY_CELLS = ("vendor_numbers", "vendors", "method", "addresses", "title", "department", "signed_on", "amount")
_ASIDE = re.compile(r"\([^)]*\)|[\[【〔][^\]】〕]*[\]】〕]|(?:税込み?|単位:?.?円|円)$")
_UNIT = re.compile(rf"[(\[【〔](?:.*?[^百千万])?({'|'.join(sorted(UNITS, key=len, reverse=True))})")  # （千円）


@dataclass(frozen=True)
class Proposed:
    """One column of the file, and what it seems to be."""

    heading: str
    columns: tuple[Column, ...] = ()  # one; two of a pair; none
    confidence: float = 0.0
    samples: tuple[str, ...] = ()
    unit: str = ""
    means: Mapping[str, str | None] = field(default_factory=dict)  # the file's word → ours; None: not known
    unread: tuple[str, ...] = ()  # words among numbers and days: 非公表
    personal: bool = False  # its cells may be a person's name

    @property
    def sure(self) -> bool:
        """Whether it is proposed as it is, not as a comment."""
        return bool(self.columns) and self.confidence >= SURE


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a sheet."""

    source: str
    sheet: str
    table: Table
    headings: Headings
    proposed: tuple[Proposed, ...]
    blank: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    running: str = ""  # the heading of a column that only counts the rows

    @property
    def found(self) -> frozenset[str]:
        """The columns of ours that are proposed for sure."""
        return frozenset(column.name for each in self.proposed if each.sure for column in each.columns)

    @property
    def number_from(self) -> tuple[str, ...]:
        """What a contract's number can be made from where the file has none."""
        wanted = [name for name in ("signed_on", "title", "vendors") if name in self.found]
        derivable = "contract_id" in self.table.key and "contract_id" not in self.found
        return tuple(wanted) if derivable and wanted[:2] == ["signed_on", "title"] else ()

    @property
    def missing(self) -> tuple[Column, ...]:
        """Required columns of ours that nothing gives; the organization may be given when it is imported."""
        given = self.found | {"organization"} | ({"contract_id"} if self.number_from else set())
        return tuple(column for column in self.table.columns if column.required and column.name not in given)


def propose(sheet: Sheet, table: Table) -> Proposal | None:
    """The best reading of a sheet as a table; None for a sheet without headings."""
    found = _headings(sheet, table)
    if found is None:
        return None
    rows = [record.cells for record in _rows(sheet, found)]
    data = [row for row in rows if not _first(row).startswith(SKIP)]
    profiles = [
        Profile([row[at] for row in data if at < len(row) and text(row[at]).strip()]) for at in range(len(found.names))
    ]
    columns = _assigned(found, profiles, table)
    title = _unit_above(sheet, found)
    proposed = tuple(
        _proposed(name, profile, columns.get(at, ((), 0.0)), title)
        for at, (name, profile) in enumerate(zip(found.names, profiles, strict=True))
        if name
    )
    running = next((name for name, profile in zip(found.names, profiles, strict=True) if _counts(name, profile)), "")
    skip = tuple(word for word in SKIP if any(_first(row).startswith(word) for row in rows))
    blank = tuple(dict.fromkeys(_blanks(profiles, columns)))
    return Proposal(sheet.source, sheet.names[0], table, found, proposed, blank, skip, running)


def propose_best(sheets: Sequence[Sheet], table: Table, name: str | None = None) -> Proposal:
    """The proposal for the sheet of a name, or for the one of which most is found. Raises Problem where there is none."""
    if name is not None:
        named = [sheet for sheet in sheets if name in sheet.names]
        if not named:
            every = [sheet.names[0] for sheet in sheets]
            raise unknown(f"--sheet: there is no sheet '{name}'; found {', '.join(every)}", name, every)
        sheets = named
    made = [found for sheet in sheets if (found := propose(sheet, table)) is not None and (name or not sheet.hidden)]
    if not made:
        raise Problem(
            f"{sheets[0].source}: no row of headings was found; expected one among the first {SEARCHED} rows."
        )
    return max(made, key=lambda found: (len(found.found), -found.headings.line))


# --- headings -----------------------------------------------------------------------------------------------------


def _headings(sheet: Sheet, table: Table) -> Headings | None:
    """The row, or two, most of whose cells sound like columns of the table."""
    best, most = None, 0.0
    for rows in (1, 2):
        for headings in candidates(sheet, rows):
            names = [name for name in headings.names if name]
            told = sum(
                max(sounds(name, table.name, column.name) for column in table.columns)
                for name in names
                if not _DIGIT.search(name)
            )
            score = told + 0.05 * len(names) - 0.01 * headings.line + (_two(sheet, headings) if rows == 2 else 0.0)
            if len(names) > 1 and score > most:
                best, most = headings, score
    return best


def _two(sheet: Sheet, headings: Headings) -> float:
    """What speaks for two rows of headings: the upper is no title, and the lower has no digit, as a row of a table has."""
    there = [
        record for record in islice(sheet.records(), headings.line) if headings.line - 1 <= record.line <= headings.line
    ]
    upper, lower = ([shown for cell in record.cells if (shown := text(cell).strip())] for record in there)
    named = sum(map(bool, headings.names))
    return -0.6 if len(upper) < max(2, 0.3 * named) or any(map(str.isdigit, "".join(lower))) else 0.3


@lru_cache(maxsize=20_000)
def sounds(heading: str, table: str, column: str) -> float:
    """How much a heading sounds like a column, 0 to 1."""
    key = heading_key(heading)
    bare = _ASIDE.sub("", key) or key
    names = _names(table, column)
    if key in names:
        return names[key]
    if len(key) > 60:  # prose, not a heading
        return 0.0
    flat = re.sub(r"[()/]", "", key)  # 期間（自）
    if flat in names or bare in names:
        score = max(names.get(flat, 0.0), names.get(bare, 0.0)) - 0.03
    else:
        inside = [
            (len(word), bare.endswith(word))
            for word in names
            if len(word) > 1 and word in bare and 4 * len(word) >= len(bare)
        ]
        score = max((0.4 + 0.45 * length / len(bare) + 0.1 * last for length, last in inside), default=0.0)
        alike = max(
            (difflib.SequenceMatcher(None, bare, word).ratio() for word in names if _near(bare, word)), default=0.0
        )
        score = max(score, 0.75 * alike if alike >= 0.8 else 0.0)
    return score * 0.3 if against(heading, column) else score


def against(heading: str, column: str) -> bool:
    """Whether a heading says that it is not this column."""
    key = heading_key(heading)
    return any(word in key for word in _AGAINST.get(column, ()))


def _near(bare: str, word: str) -> bool:
    return len(word) > 3 and abs(len(bare) - len(word)) <= 1 and bare[0] == word[0]


@lru_cache(maxsize=1_000)
def _names(table: str, name: str) -> Mapping[str, float]:
    """heading_key → how surely it is the column; the words that come first are the surest."""
    column = ledger.TABLES[table].by_name[name]
    called = (CALLED[table].get(name) or CALLED["contracts"].get(name, "")).split()
    own = dict.fromkeys(map(heading_key, (column.heading, column.name, *column.also)), 1.0)
    words = {heading_key(word): 0.97 - 0.001 * at for at, word in reversed(list(enumerate(called)))} | own
    return {word.replace("_", ""): score for word, score in words.items()} | words


# --- columns ------------------------------------------------------------------------------------------------------


def _assigned(
    found: Headings, profiles: Sequence[Profile], table: Table
) -> dict[int, tuple[tuple[Column, ...], float]]:
    """Position → (columns of ours, confidence): the surest first, each column once."""
    scores = sorted(
        (
            (-_score(name, table, column, profile), at, number)
            for at, (name, profile) in enumerate(zip(found.names, profiles, strict=True))
            if name and not _is_personal(name, profile)
            for number, column in enumerate(table.columns)
        ),
    )
    taken, assigned = set[str](), dict[int, tuple[tuple[Column, ...], float]]()
    for score, at, number in scores:
        column = table.columns[number]
        if score < -0.25 and at not in assigned and column.name not in taken:
            assigned[at] = (column,), -score
            taken.add(column.name)
    for at, ((column,), score) in list(assigned.items()):
        second = _second(column, profiles[at])
        if second and second in table.by_name:
            taken_by = [each for each, (columns, _) in assigned.items() if columns[0].name == second]
            if all(assigned[each][1] < SURE for each in taken_by):
                for each in taken_by:
                    del assigned[each]
                assigned[at] = (column, table.by_name[second]), score
    return assigned


def _score(heading: str, table: Table, column: Column, profile: Profile) -> float:
    said = sounds(heading, table.name, column.name)
    if said < SAID and column.name not in _BY_CELLS:
        return said
    suits = fits(column, heading, profile, unique=table.key == (column.name,))
    if suits is None:
        return 0.7 * said
    if said < SAID:
        return said if against(heading, column.name) else max(said, _by_cells(heading, column, profile, suits))
    return said * (0.6 + 0.4 * suits if suits >= 0.2 else 0.3)


def _by_cells(heading: str, column: Column, profile: Profile, suits: float) -> float:
    """What the cells say by themselves, under a heading that says nothing."""
    few = len(profile.distinct) <= 12 and len(profile.texts) > len(profile.distinct)
    if column.name == "vendor_numbers" and suits >= 0.8:
        return 0.6
    if (
        column.name == "title"
        and suits >= 0.9
        and heading.endswith(("名", "名称", "内容", "案件"))
        and 2 * len(profile.distinct) > len(profile.texts)
    ):
        return 0.5
    if column.name == "department" and profile.units >= 0.8 and few:
        return 0.5
    if column.name == "vendors" and profile.bodies >= 0.7:
        return 0.55
    if column.name == "method" and suits >= 0.9 and few:
        return 0.6
    if column.name == "addresses" and suits >= 0.8:
        return 0.45
    if column.name in ("signed_on", "amount") and suits >= 0.9:
        return 0.3  # to be asked, never to be taken
    return 0.0


def _second(column: Column, profile: Profile) -> str:
    """The other column that stands in the same cells."""
    if column.name == PAIRS[0][0] and profile.periods >= 0.5:
        return PAIRS[0][1]
    return PAIRS[1][1] if column.name == PAIRS[1][0] and profile.names_with_places >= 0.5 else ""


def _is_personal(heading: str, profile: Profile) -> bool:
    """Whether the cells may be persons' names or lead to one: by the heading, unless it is that of the vendor."""
    key = heading_key(heading)
    contact = re.search("電話|メール|連絡先|tel|mail", key)
    vendor = re.search("相手方|業者|商号|受注|受託|請負|契約者", key) and not re.search("担当|代表者", key)
    named = any(heading_key(word) in key for word in PERSON) and not vendor and profile.numbered < 0.8
    return bool(contact) or (named and profile.units < 0.8)


def _proposed(name: str, profile: Profile, assigned: tuple[tuple[Column, ...], float], unit: str) -> Proposed:
    columns, score = assigned
    first = columns[0] if columns else None
    personal = _is_personal(name, profile)
    made = Proposed(name, columns, min(score, 0.99), () if personal else profile.samples(first), personal=personal)
    if first is None:
        return made
    if first.kind in (Kind.YEN, Kind.DATE, Kind.COUNT) and len(columns) == 1:
        made = replace(made, unread=tuple(islice(_unread(first, profile), _WORDS)))
    if first.kind is Kind.YEN:
        own = _UNIT.search(heading_key(name))
        wanted = own[1] if own else unit
        return replace(made, unit="" if wanted == "円" else wanted)
    if (first.choices or first.kind is Kind.YES_NO) and len(profile.distinct) <= _CHOICES:
        telling = dict.fromkeys(text(cell).strip() for cell in profile.telling)
        means = {word: choice(first, word) for word in telling if not may_name(word) and _needs(first, word)}
        return replace(made, means=means)
    return made


def _unread(column: Column, profile: Profile) -> Iterator[str]:
    """Short words that are no number and no day, and say so wherever they stand."""
    words = dict.fromkeys(text(cell).strip() for cell in profile.telling)
    return (word for word in words if len(word) <= 8 and _SAYS_WHY.search(word) and _needs(column, word))


def _needs(column: Column, word: str) -> bool:
    try:
        cells.read(column, word)
    except CellError:
        return True
    return False


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, found: Headings) -> Iterator[Record]:
    below = (record for record in sheet.records() if record.line > found.line and not record.blank)
    yield from islice(below, _LOOKED_AT)


def _first(row: Sequence[Cell]) -> str:
    return next((shown for cell in row if (shown := text(cell).strip())), "")


def _counts(name: str, profile: Profile) -> bool:
    key = heading_key(name)
    return profile.running and (key in ("no", "no.", "番号", "項番", "連番", "通し番号", "id", "#") or "番号" in key)


def _blanks(profiles: Sequence[Profile], columns: Mapping[int, tuple[tuple[Column, ...], float]]) -> Iterator[str]:
    """The words for nothing that stand where a day, a sum or a choice should."""
    known = set(map(heading_key, BLANK))
    for at, (assigned, score) in columns.items():
        typed = assigned[0].kind not in (Kind.TEXT, Kind.LINES) or assigned[0].choices
        if typed and score >= SURE:
            yield from (shown for shown in profiles[at].distinct if heading_key(shown) in known)


def _unit_above(sheet: Sheet, found: Headings) -> str:
    """（単位：千円） above the table."""
    for record in islice(sheet.records(), found.line):
        if record.line <= found.line - found.rows:
            for cell in record.cells:
                told = re.search(rf"単位\W?\s*({'|'.join(UNITS)})", text(cell))
                if told:
                    return told[1]
    return ""
