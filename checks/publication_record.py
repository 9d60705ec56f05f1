"""What the ledger says was published, and in what it falls short of a duty. Shared, not a check.

One record per medium: the earliest date counts, a withdrawal only where nothing stays. Items are compared by their words:
width, spaces, brackets, numbering, の and a closing 等 are ignored, 「A及びB」 is held by A and B, and the rulebook lists
other words for an item. A part of a word is not the word: 「契約」 is no 「契約金額」.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from checks import periods, words
from checks.columns import among
from checks.publication import Owed
from checks.publication_dates import DueOn
from checks.register import Register, plain
from checks.rulebook import PublicationClass

WEB = "ウェブ"  # a blank medium (interchange format)


@dataclass(frozen=True)
class Record:
    """A publication in one medium, or in several that serve alike. ``on`` is None where no date is recorded."""

    on: date | None
    withdrawn_on: date | None  # None while it stays
    items: frozenset[str] | None  # None: not recorded


_NOTHING = Record(None, None, None)


class Kind(IntEnum):
    """What a duty lacks, the gravest first."""

    OVERDUE = 0
    WITHDRAWN = 1
    INCOMPLETE = 2
    IMPLAUSIBLE = 3  # published before there was a contract
    LATE = 4


@dataclass(frozen=True)
class Trouble:
    """One thing that one medium lacks: ``day`` is the recorded date that it is about."""

    kind: Kind
    due: DueOn
    day: date | None = None
    until: date | None = None  # to be kept published to this day
    lacking: tuple[str, ...] = ()
    undated: bool = False  # a record is there, without its date

    @property
    def order(self) -> tuple[int, bool, date, str]:
        """The gravest first, what is merely aimed at (目途) last of its kind."""
        return self.kind, self.due.duty.due.target, self.due.on, self.due.duty.medium


def records(register: Register, wanted: set[str]) -> dict[str, dict[str, Record]]:
    """contract_id → medium → what is recorded of the publication of its result."""
    rows = register.tables["publications"]
    rows = rows[among(rows["kind"], ["結果"]) & among(rows["contract_id"], wanted)]
    rows = rows.assign(knows_items=register.knows(rows, "items"))
    found: dict[str, dict[str, Record]] = {}
    for row in plain(rows[["contract_id", "medium", "published_on", "withdrawn_on", "items", "knows_items"]]):
        lines = [line for line in row.items.split("\n") if line.strip()] if row.knows_items else []
        record = Record(row.published_on, row.withdrawn_on, frozenset(lines) or None)
        media = found.setdefault(row.contract_id, {})
        medium = row.medium or WEB
        media[medium] = _joined([media[medium], record]) if medium in media else record
    return found


def completed(recorded: dict[str, dict[str, Record]], listed: Mapping[str, Mapping[str, date]]) -> None:
    """What registers tell of publications (published_rows.first_published) where the ledger tells of none in the medium."""
    for contract_id, media in listed.items():
        held = recorded.setdefault(contract_id, {})
        for medium, day in media.items():
            if medium not in held or held[medium].on is None:
                held[medium] = Record(day, None, None)


def listed_only(owed: Iterable[Owed], listed: Mapping[str, Mapping[str, date]]) -> list[Owed]:
    """The duties that a register answers where the ledger tells of no publication at all, each in the media of the register."""
    found = []
    for item in owed:
        media = listed.get(item.contract_id, {})
        due = tuple(due for due in item.due if any(medium in media for medium in due.media))
        if due:
            found.append(replace(item, due=due))
    return found


def _joined(held: Iterable[Record]) -> Record:
    """Several records of one publication: the earliest date, withdrawn when the last is, all items together."""
    dated = [record for record in held if record.on]
    if not dated:
        return Record(None, None, None)
    withdrawn = [record.withdrawn_on for record in dated]
    known = [record.items for record in dated if record.items is not None]
    return Record(
        on=min(record.on for record in dated if record.on),
        withdrawn_on=max((day for day in withdrawn if day), default=None) if all(withdrawn) else None,
        items=frozenset().union(*known) if known else None,
    )


def compare(
    item: Owed, published: Mapping[str, Record], as_of: date, wording: "Wording"
) -> tuple[list[Trouble], DueOn | None]:
    """(troubles, the gravest first; the next due date that lies ahead)."""
    troubles: list[Trouble] = []
    ahead: list[DueOn] = []
    for due in item.due:
        held = [published[medium] for medium in due.media if medium in published] if published else []
        record = held[0] if len(held) == 1 and held[0].on else _joined(held) if held else _NOTHING
        if record.on is not None:
            troubles += _shortcomings(item, due, record, record.on, wording)
        elif due.on < as_of:
            troubles.append(Trouble(Kind.OVERDUE, due, undated=bool(held)))
        else:
            ahead.append(due)
    if len(troubles) > 1:
        troubles.sort(key=lambda trouble: trouble.order)
    return troubles, min(ahead, key=lambda due: due.on, default=None)


def _shortcomings(item: Owed, due: DueOn, record: Record, on: date, wording: "Wording") -> Iterable[Trouble]:
    until = keep_until(item) if record.withdrawn_on else None
    if until and record.withdrawn_on and record.withdrawn_on < until:
        yield Trouble(Kind.WITHDRAWN, due, record.withdrawn_on, until)
    missing = wording.lacking(item, record.items) if record.items is not None else ()
    if missing:
        yield Trouble(Kind.INCOMPLETE, due, on, lacking=missing)
    if on < min(item.signed_on, item.awarded_on or item.signed_on):
        yield Trouble(Kind.IMPLAUSIBLE, due, on)
    if on > due.on:
        yield Trouble(Kind.LATE, due, on)


def keep_until(item: Owed) -> date | None:
    """The last day on which it must still be published."""
    keep = item.rule.keep
    if keep is None:
        return None
    if keep.fiscal_year_of_start:
        return date(periods.fiscal_year(item.starts_on or item.signed_on) + 1, 3, 31)
    return periods.months_after(item.signed_on, keep.months) if keep.months else None


# --- items ---------------------------------------------------------------------------------------------------------

_NEVER_REQUIRED = re.compile("備考|その他.*")
_NUMBERING = re.compile(r"^\s*[・●○◎■□\-*]?\s*(?:\(?\d{1,2}[).、:]?|\(?[ア-コ](?:[).、:]|\s))?\s*")
_AND = re.compile("並びに|ならびに|及び|および|[,、・/]")


class Wording:
    """Compares recorded items with required ones; each distinct question is asked once."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, bool, frozenset[str]], tuple[str, ...]] = {}

    def lacking(self, item: Owed, recorded: frozenset[str]) -> tuple[str, ...]:
        """The required items that no recorded one names; 備考 and その他 are never required."""
        question = (item.rule.id, item.negotiated, recorded)
        if question not in self._asked:
            self._asked[question] = _lacking(item.rule, recorded, negotiated=item.negotiated)
        return self._asked[question]


def _lacking(rule: PublicationClass, recorded: Iterable[str], *, negotiated: bool) -> tuple[str, ...]:
    held = {word for line in recorded for word in _words(line)}
    return tuple(
        name
        for name in rule.items
        if not _NEVER_REQUIRED.fullmatch(name)
        and (negotiated or name not in rule.negotiated_items)
        and not any(_held(word, held) for word in (name, *rule.item_words.get(name, ())))
    )


def _held(name: str, held: set[str]) -> bool:
    whole, *parts = _words(name)
    return whole in held or (len(parts) > 1 and held.issuperset(parts))


def _words(line: str) -> list[str]:
    """The line as one plain word, and the words that 及び joins in it."""
    plain_line = re.sub(r"\s", "", _NUMBERING.sub("", words.narrow(line)))
    bare = re.sub(r"\([^()]*\)", "", plain_line)
    return [_word(bare), *(_word(part) for part in _AND.split(bare) if part)]


def _word(text: str) -> str:
    return text.replace("の", "").removesuffix("等")
