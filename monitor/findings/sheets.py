"""Taking a returned workbook in: each answer is a decision, or goes to the quarantine with the reason; none is lost.

The same workbook again changes nothing. What somebody else has decided since the workbook was made is reported and never
overwritten; a workbook that has lost its 版 overwrites nothing that was ever decided.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from checks import periods
from monitor.findings import book, joining
from monitor.findings.decisions import WORDS, Decision, Refused, decide, said
from monitor.findings.lifecycle import Kind, Known, State, Transition
from monitor.intake.decisions import DECISIONS, column_of
from monitor.intake.returned import DEED, MARK, REASON
from monitor.intake.rows import BadRow, Part, Row, canonical
from monitor.spreadsheet import unguarded
from monitor.store import aside, quarantine, returning
from monitor.store.engine import inserted
from monitor.store.imports import Imported
from monitor.store.schema import finding_events, imports

_PROSE = 11  # characters: what is shorter may be a date or a number, which Excel writes its own way


@dataclass
class Taken(Imported):
    """What became of the rows: ``changed`` were applied; of the ``unchanged``, ``unanswered`` had nothing filled in."""

    unanswered: int = 0


def take(
    engine: Engine, part: Part, as_of: date, now: datetime, progress: Callable[[int], None] = lambda _: None
) -> Taken:
    """Apply the answers of one part as of a date, in one transaction. ``progress`` is told how many rows are done."""
    taken = Taken(part.source, part.table, part.layout, part.unknown)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        values = {"source": part.source, "layout": part.layout, "imported_at": now, "counts": {}}
        import_id = taken.import_id = inserted(connection, imports, values)
        every = list(part.rows)
        rows = [row for row in every if not _is_told(row)]
        answers = _Answers(connection, as_of, {one.id: one for one in book.some(connection, _ids(rows))})
        for row in rows:
            answers.take(row)
        book.write(connection, answers.transitions, None, as_of, now)
        joining.keep(connection, answers.transitions, part.source, now)
        again = aside.Again(connection, part.source, DECISIONS.name)
        others, maybe = again.parted(answers.bad)
        bad = [*others, *again.moved(maybe)]
        quarantine.hold(connection, import_id, part.source, bad)
        _settle(connection, import_id, part.source, rows, answers.bad)
        told = [row for row in every if isinstance(row, BadRow) and _is_told(row)]
        waits = _do(connection, import_id, part.source, told)
        taken.set_aside = len(told) - waits + len(answers.bad) - len(bad)
        counts = taken.counts
        counts.read, counts.quarantined = len(every), len(bad) + waits
        counts.changed = len(answers.transitions)
        counts.unchanged = counts.read - counts.changed - counts.quarantined
        taken.unanswered = sum(not _answered(row) for row in rows)
        connection.execute(update(imports).where(imports.c.id == import_id).values(counts=asdict(counts)))
    progress(len(every))
    return taken


def _answered(row: Row | BadRow) -> bool:
    return isinstance(row, BadRow) or "decision" in row.values


def _id(row: Row | BadRow) -> str:
    return row.row_key if isinstance(row, BadRow) else canonical(row.values.get("finding_id"))


def _ids(rows: Iterable[Row | BadRow]) -> list[str]:
    return sorted({_id(row) for row in rows} - {""})


# --- answers ------------------------------------------------------------------------------------------------------


@dataclass
class _Answers:
    """The answers of one sheet, one after the other, and what the findings are after them."""

    connection: Connection
    as_of: date
    known: dict[str, Known]
    first: dict[str, tuple[int, Decision]] = field(default_factory=dict)  # id → the line whose answer was taken
    transitions: list[Transition] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        bodies = {one.organization for one in self.known.values()}
        self.body = bodies.pop() if len(bodies) == 1 else ""  # whose an answer is that names no finding

    def take(self, row: Row | BadRow) -> None:
        """Apply an answer, or keep it with the reason."""
        if isinstance(row, BadRow):
            self.bad.append(BadRow(**{**vars(row), "organization": self._organization(row.row_key)}))
        elif _answered(row):
            try:
                transition = self._transition(row)
            except Refused as refused:
                self.bad.append(_refused(row, refused, self._organization(_id(row))))
                return
            if transition is not None:
                self.known[transition.after.id] = transition.after
                self.transitions.append(transition)

    def _organization(self, finding_id: str) -> str:
        return self.known[finding_id].organization if finding_id in self.known else self.body

    def _transition(self, row: Row) -> Transition | None:
        """What the answer makes of its finding; None if it says nothing new. Raises Refused."""
        one, wanted, seen = self._finding(_id(row)), _decision(row), row.values.get("revision")
        line, before = self.first.get(one.id, (0, wanted))
        if before != wanted:
            raise Refused("判断", f"同じ番号が{line}行目にもあり、記入が異なります（{line}行目を取り込みました）。")
        if line == 0:
            transition = self._new(one, wanted, seen if isinstance(seen, int) else None)
            self.first[one.id] = (row.line, wanted)
            return transition
        return None

    def _finding(self, finding_id: str) -> Known:
        if finding_id in self.known:
            return self.known[finding_id]
        raise Refused("番号", f"番号「{finding_id}」の確認事項はありません（書き誤りがないか確認してください）。")

    def _new(self, one: Known, wanted: Decision, seen: int | None) -> Transition | None:
        if seen is None and one.revision and self._said(one, wanted):
            return None
        try:
            transition = decide(one, wanted, self.as_of, seen)
        except Refused:
            if seen is not None and seen < one.revision and self._said(one, wanted):
                return None
            raise
        if transition is not None and seen is None and one.decision is not None:
            raise Refused(
                "版",
                f"「版」が空欄のため、どの時点の一覧への記入か分かりません。{one.decision.by}が{periods.wareki(one.decision.on)}に"
                f"「{_word(one.state)}」としています（上書きしていません）。新しい一覧で判断してください。",
            )
        return transition

    def _said(self, one: Known, wanted: Decision) -> bool:
        """Whether this very answer was taken before, whatever became of it: somebody sends the same workbook again."""
        query = select(finding_events.c.data).where(
            finding_events.c.finding_id == one.id, finding_events.c.kind == Kind.DECIDED.value
        )
        said = list(self.connection.scalars(query.order_by(finding_events.c.seq)))
        return any(_same(data, wanted) for data in said)


def _decision(row: Row) -> Decision:
    text = {name: canonical(row.values.get(name)) for name in ("decision", "by", "reason", "action")}
    until = row.values.get("until")
    return said(
        text["decision"],
        " ".join(text["by"].split()),
        text["reason"],
        text["action"],
        until if isinstance(until, date) else None,
    )


def _same(data: Mapping[str, Any], wanted: Decision) -> bool:
    made = data["decision"]
    until = wanted.until.isoformat() if wanted.until else None
    return (data["state"], made["by"], made["reason"], made["action"], made["until"]) == (
        wanted.state.value,
        wanted.by,
        wanted.reason,
        wanted.action,
        until,
    )


def _word(state: State) -> str:
    return next(word for word, made in WORDS.items() if made is state)


def _refused(row: Row, refused: Refused, organization: str) -> BadRow:
    own = {name: row.original.get(name, canonical(value)) for name, value in row.values.items()}
    cells = {DECISIONS.by_name[name].heading: text for name, text in own.items()}
    value = cells.get(refused.column, "")
    return BadRow(
        row.table, row.line, refused.column, value, refused.reason, {**cells, **row.other}, organization, _id(row)
    )


# --- what waited in quarantine ------------------------------------------------------------------------------------


def _settle(
    connection: Connection, import_id: int, source: str, rows: Iterable[Row | BadRow], bad: Iterable[BadRow]
) -> None:
    """Answers that waited: those of this sheet came anew, those of another are done when this one's was taken.

    Everybody's workbook bears the same name, so it is the findings that tell which rows are the same, not the file. Where
    the 番号 could not be read, the row is known by what else is written in it.
    """
    still_bad = {row.line for row in bad}
    marks = {row.line: (_answered(row), _marks(_id(row), _cells(row), row.line)) for row in rows}
    here = {mark for _, several in marks.values() for mark in several}
    taken = {
        mark for line, (answered, several) in marks.items() if answered and line not in still_bad for mark in several
    }
    lines = {number: row.line for row in rows if (number := _cells(row).get(MARK))}  # of those that come back corrected
    gone, read = list[int](), list[int]()
    for waiting in quarantine.of_table(connection, DECISIONS.name, import_id):
        line = lines.get(quarantine.number(waiting)) if lines else None
        if line is not None:
            (gone if line in still_bad or not marks[line][0] else read).append(waiting["id"])
            continue
        mine = waiting["source"] == source
        mark = _marks(waiting["row_key"], waiting["cells"], waiting["line"])[0]
        if mark in (here if mine else taken):
            (gone if mine else read).append(waiting["id"])
    quarantine.settle(connection, import_id, gone=gone, read=read)


def _is_told(row: Row | BadRow) -> bool:
    """Whether a person says of it, in a workbook of the quarantine, that it is no answer, or is one after all."""
    return isinstance(row, BadRow) and row.column == DEED


def _do(connection: Connection, import_id: int, source: str, told: Iterable[BadRow]) -> int:
    """What is said of the rows themselves is done; how many of them wait after it."""
    returned = returning.Waiting(connection, DECISIONS.name)
    marks = ((row, row.cells.get(MARK) or quarantine.mark_of(source, row)) for row in told)
    return sum(returned.do(import_id, source, mark, row) is returning.Still.WAITING for row, mark in marks)


def _cells(row: Row | BadRow) -> Mapping[str, str]:
    return row.cells if isinstance(row, BadRow) else row.other


def _marks(finding_id: str, cells: Mapping[str, str], line: int) -> list[str]:
    """By what a row is known again, the best first: its finding, the sentences that we had written into it, its place."""
    told = sorted(
        plain
        for heading, shown in cells.items()
        if heading not in (REASON, MARK) and column_of(heading) is None and len(plain := unguarded(shown)) >= _PROSE
    )
    return [mark for mark in (finding_id, "\n".join(told)) if mark] or [f"{line}行目"]
