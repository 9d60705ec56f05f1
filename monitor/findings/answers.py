"""The ledger of answers: what each check said of each organization, in numbers, and on what that answer rests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from checks.finding import Answer, CheckResult, NotJudged, Tally
from monitor.store.engine import insert_all
from monitor.store.schema import evaluations

if TYPE_CHECKING:
    from monitor.store.bodies import Organization

DONE, ERROR, STALE = "done", "error", "stale"


def last(connection: Connection, until: date | None = None) -> dict[tuple[str, str], RowMapping]:
    """The last answer by (organization, check), of all or as of a date or earlier; in order of the keys."""
    wanted = [] if until is None else [evaluations.c.as_of <= until]
    return {(row["organization"], row["check_id"]): row for row in _newest(connection, *wanted)}


def by_organization(connection: Connection) -> dict[str, dict[str, RowMapping]]:
    """The last answer of each check, by organization."""
    found: dict[str, dict[str, RowMapping]] = {}
    for (organization, check), row in last(connection).items():
        found.setdefault(organization, {})[check] = row
    return found


def numbers(connection: Connection, organization: str, last: Mapping[str, RowMapping]) -> dict[str, Answer]:
    """What each check that ran to its end last said of one organization, in numbers. ``last``: the last answers.

    A check that breaks off takes back nothing of what it said before.
    """
    rows = list(last.values())
    if any(row["status"] != DONE for row in rows):
        wanted = (evaluations.c.organization == organization, evaluations.c.status == DONE)
        rows = _newest(connection, *wanted)
    return {
        row["check_id"]: Answer(
            row["judged"], row["found"], {(NotJudged(why), what): count for why, what, count in row["not_judged"]}
        )
        for row in rows
    }


def totals(connection: Connection) -> dict[str, tuple[int, int]]:
    """(contracts judged, contracts not judged) by check, in the last answers on all organizations."""
    found: dict[str, tuple[int, int]] = {}
    for row in _newest(connection, columns=(evaluations.c.check_id, evaluations.c.judged, evaluations.c.not_judged)):
        judged, left = found.get(row["check_id"], (0, 0))
        more = sum(count for _, _, count in row["not_judged"])
        found[row["check_id"]] = (judged + row["judged"], left + more)
    return found


def _newest(
    connection: Connection, *wanted: ColumnElement[bool], columns: Sequence[ColumnElement[Any]] = tuple(evaluations.c)
) -> list[RowMapping]:
    """The newest of the wanted answers for each organization and check, in order of both."""
    key = (evaluations.c.organization, evaluations.c.check_id)
    newest = select(*key, func.max(evaluations.c.run_id).label("run_id")).where(*wanted).group_by(*key).subquery()
    query = select(*columns).join(
        newest,
        (evaluations.c.organization == newest.c.organization)
        & (evaluations.c.check_id == newest.c.check_id)
        & (evaluations.c.run_id == newest.c.run_id),
    )
    return list(connection.execute(query.order_by(*key)).mappings())


def _plain(one: Tally) -> dict[str, object]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in vars(one).items()}


def tally(row: Mapping[str, Any]) -> list[Tally]:
    """What an answer says of all contracts, not only of findings."""
    day = date.fromisoformat
    return [
        Tally(
            label=one["label"],
            first=day(one["first"]),
            last=day(one["last"]),
            due_on=day(one["due_on"]),
            in_time=one["in_time"],
            late=one["late"],
            missing=one["missing"],
            ahead=one["ahead"],
        )
        for one in row.get("tally") or ()
    ]


def rejudged(connection: Connection, first: date, until: date) -> list[tuple[str, str]]:
    """(check, organization) that were asked in these days because rules, parameters or the check itself had changed."""
    before = {key: row["basis"] for key, row in last(connection, first - timedelta(days=1)).items()}
    query = select(evaluations.c.organization, evaluations.c.check_id, evaluations.c.basis).where(
        evaluations.c.as_of >= first, evaluations.c.as_of <= until
    )
    asked = {((row.organization, row.check_id), row.basis) for row in connection.execute(query)}
    return sorted({(key[1], key[0]) for key, basis in asked if before.get(key, basis) != basis})


@dataclass(frozen=True)
class Given:
    """A check's answer, or in words why there is none, on what it rests, and the CPU seconds that it took."""

    check: str
    basis: str
    answer: CheckResult | str
    seconds: float | None = None


def remember(
    connection: Connection,
    organization: "Organization",
    given: Sequence[Given],
    run: Mapping[str, object],
    *,
    failed_as: str = ERROR,
) -> None:
    """Write answers on one organization; ``run`` gives run_id and as_of."""
    insert_all(connection, evaluations, [_row(organization, one, failed_as) | dict(run) for one in given])


def _row(organization: "Organization", one: Given, failed_as: str) -> dict[str, Any]:
    result = CheckResult() if isinstance(one.answer, str) else one.answer
    return {
        "organization": organization.id,
        "check_id": one.check,
        "status": failed_as if isinstance(one.answer, str) else DONE,
        "error": one.answer if isinstance(one.answer, str) else None,
        "basis": one.basis,
        "data_version": organization.version,
        "next_on": result.next_on,
        "judged": result.judged,
        "found": len(result.findings),
        "not_judged": [[reason.value, what, count] for (reason, what), count in sorted(result.not_judged.items())],
        "tally": [_plain(one) for one in result.tally] or None,
        "seconds": None if one.seconds is None else round(one.seconds, 4),
    }
