"""What a day does to findings by itself: a date has passed, an acceptance ends soon or has ended. Pure."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from datetime import date

from monitor.findings.decisions import WARNINGS
from monitor.findings.lifecycle import Kind, Known, Reason, State, Transition


def turn(known: Iterable[Known], as_of: date, excepted: Container[str]) -> Iterator[Transition]:
    """The transitions of a day, in order of the findings. ``excepted``: the entries of the file of exceptions."""
    for one in known:
        after = one
        if one.state is State.ACCEPTED:
            ended = _acceptance(one, as_of, excepted)
            if ended is not None:
                yield ended
                after = ended.after
        if _passed(after, as_of):
            yield Transition(Kind.OVERDUE, replace(after, late=True))


def _acceptance(one: Known, as_of: date, excepted: Container[str]) -> Transition | None:
    made = one.decision
    assert made is not None
    assert made.until is not None
    if made.until < as_of:
        return _lapsed(one, Reason.EXPIRED, as_of)
    if made.source and made.source not in excepted:
        return _lapsed(one, Reason.NOT_EXCEPTED, as_of)
    warned = sum((made.until - as_of).days <= lead for lead in WARNINGS)
    if warned > made.warned:
        return Transition(Kind.ENDING, replace(one, decision=replace(made, warned=warned)))
    return None


def _lapsed(one: Known, reason: Reason, as_of: date) -> Transition:
    late = one.due_on is not None and one.due_on < as_of  # told with its date
    after = replace(one, state=State.OPEN, decision=None, revision=one.revision + 1, told=None, late=late)
    return Transition(Kind.LAPSED, after, reason)


def _passed(one: Known, as_of: date) -> bool:
    """Its date is over and that is not on record. Of an accepted one nobody asks; what is unknown may have been done."""
    waits = one.state in (State.OPEN, State.ACKNOWLEDGED) and not one.unknown and not one.late
    return waits and one.due_on is not None and one.due_on < as_of
