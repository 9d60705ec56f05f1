"""The ledger of answers: what each check said of each organization, in numbers, and on what that answer rests."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, RowMapping, insert, select

from checks.finding import Answer, CheckResult, NotJudged
from monitor.findings import book
from monitor.findings.lifecycle import State
from monitor.store.registers import Organization
from monitor.store.schema import evaluations


def last(connection: Connection, until: date | None = None) -> dict[tuple[str, str], RowMapping]:
    """The last answer by (organization, check), of all or as of a date or earlier; in order of the keys."""
    query = select(evaluations).order_by(evaluations.c.run_id)
    if until is not None:
        query = query.where(evaluations.c.as_of <= until)
    found = {(row["organization"], row["check_id"]): row for row in connection.execute(query).mappings()}
    return dict(sorted(found.items()))


def of(connection: Connection, organization: str) -> dict[str, RowMapping]:
    """The last answer of each check for one organization."""
    query = select(evaluations).where(evaluations.c.organization == organization)
    return {row["check_id"]: row for row in connection.execute(query.order_by(evaluations.c.run_id)).mappings()}


def numbers(connection: Connection, organization: str) -> dict[str, Answer]:
    """The same as checks see them: of checks that ran to their end, with the findings that are open."""
    found = {}
    for check, row in of(connection, organization).items():
        if row["status"] == "done":
            still_open = [one for one in book.known(connection, organization, check) if one.state is State.OPEN]
            not_judged = {(NotJudged(reason), what): count for reason, what, count in row["not_judged"]}
            found[check] = Answer(row["judged"], len(still_open), not_judged)
    return found


def remember(
    connection: Connection,
    organization: Organization,
    check: str,
    basis: str,
    answer: CheckResult | str,
    run: Mapping[str, object],
) -> None:
    """Write an answer, or in words why there is none; ``run`` gives run_id and as_of."""
    failed = isinstance(answer, str)
    result = CheckResult() if isinstance(answer, str) else answer
    connection.execute(
        insert(evaluations).values(
            organization=organization.id,
            check_id=check,
            status="error" if failed else "done",
            error=answer if failed else None,
            basis=basis,
            data_version=organization.version,
            next_on=result.next_on,
            judged=result.judged,
            not_judged=[[reason.value, what, count] for (reason, what), count in sorted(result.not_judged.items())],
            **run,
        )
    )
