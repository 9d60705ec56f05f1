"""Traces (checks/trace.py) on the contract database: which contract is meant, what its check answers, where each cell came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from checks import ledger
from checks.catalogue import all_checks
from checks.finding import Answer, CheckResult
from checks.trace import Cell, Question
from monitor import asking
from monitor.asking import World
from monitor.findings.lifecycle import Cause
from monitor.problems import Problem, unknown
from monitor.store import bodies, registers, schema
from monitor.store.bodies import Organization

_CANDIDATES = 5000  # contract numbers among which the nearest is looked for


@dataclass(frozen=True)
class Origin:
    """Where a row of the ledger came from, and its cells' texts where they were read as something else."""

    source: str
    imported_at: datetime
    original: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """A check and what it answers on an organization; ``error`` in words where it could not, ``old`` what since hides."""

    organization: Organization
    question: Question
    error: str = ""
    old: frozenset[str] = frozenset()  # subjects of findings of older contracts only


def holder(connection: Connection, contract: str, organization: str | None) -> Organization:
    """The organization whose contract it is. Raises Problem where none or several have it, or that one has it not."""
    held = {one.id: one for one in bodies.organizations(connection)}
    if organization is not None and organization not in held:
        raise unknown(f"--organization: the ledger has no '{organization}'", organization, held)
    table = schema.LEDGER["contracts"].c
    query = select(table.organization).where(table.contract_id == contract).order_by(table.organization)
    having = [one for one in connection.scalars(query) if organization in (None, one)]
    if len(having) > 1:
        raise Problem(
            f"--contract: several organizations have '{contract}': {', '.join(having)}; name one by --organization."
        )
    if not having:
        raise _nowhere(connection, contract, organization)
    return held[having[0]]


def _nowhere(connection: Connection, contract: str, organization: str | None) -> Problem:
    """It is in quarantine, or a number that is nearest to it is in the ledger."""
    waiting = in_quarantine(connection, contract, organization)
    if waiting:
        rows = [f"{row['source']} line {row['line']}: {told(row)}" for row in waiting]
        sentence = f"--contract: '{contract}' is not in the ledger: its row is in quarantine."
        return Problem(sentence, *rows, "To correct it: keiyaku quarantine export FILE.xlsx.")
    table = schema.LEDGER["contracts"].c
    query = select(table.contract_id).where(table.contract_id.startswith(contract[:2], autoescape=True))
    if organization is not None:
        query = query.where(table.organization == organization)
    near = list(connection.scalars(query.order_by(table.contract_id).limit(_CANDIDATES)))
    where = f" of {organization}" if organization else ""
    return unknown(f"--contract: the ledger{where} has no '{contract}'", contract, near)


def in_quarantine(connection: Connection, contract: str, organization: str | None) -> Sequence[RowMapping]:
    """The waiting rows about a contract, of every table: its own first."""
    held = schema.quarantine.c
    mine = (held.row_key == contract) & (held.table_name == "contracts")
    query = select(schema.quarantine).where(held.closed_by.is_(None))
    query = query.where(mine | held.row_key.startswith(f"{contract} / ", autoescape=True))
    if organization is not None:
        query = query.where(held.organization.in_([organization, ""]))
    return connection.execute(query.order_by(held.row_key, held.source, held.line)).mappings().all()


def told(row: RowMapping) -> str:
    """Why a row is in quarantine; a party's cell may name a person, so what stands in it is not repeated."""
    table = ledger.TABLES[row["table_name"]]
    parties = {
        name
        for column in table.columns
        if column.name in ("vendors", "vendor", "addresses", "vendor_numbers", "subcontractor")
        for name in (column.name, column.heading, *column.also)
    }
    if row["column_name"] in parties:
        return f"{row['column_name']}：欄を読めません（内容は省略）。"
    return f"{row['column_name']}：{row['reason']}"


def ask(connection: Connection, world: World, organization: Organization, check: str, as_of: date) -> Asked:
    """What a check answers on an organization as of a date: the same call that a run makes."""
    rulebook = world.rulebooks.get(organization.rulebook)
    if rulebook is None:
        raise Problem(f"{organization.id}: there is no rulebook '{organization.rulebook}'.")
    whole = registers.load(connection, organization, world.renames)
    register, turns_on = whole.seen_on(as_of)
    chosen = [one for one in all_checks().values() if one.id == check or all_checks()[check].reads_answers]
    asked = [asking.Question(one, "", Cause.DATA) for one in chosen]
    unbounded = replace(world, since=None)
    answered = asking.ask(unbounded, organization, asked, register, turns_on, {}, as_of)
    numbers = {one.check.id: Answer.of(result) for one, result, _ in answered if isinstance(result, CheckResult)}
    result = next(result for one, result, _ in answered if one.check.id == check)
    error = result if isinstance(result, str) else ""
    kept = result if isinstance(result, CheckResult) else CheckResult()
    question = Question(
        all_checks()[check], whole, register.answered(numbers), rulebook, as_of, world.parameters[check], kept
    )
    return Asked(organization, question, error, _hidden(world, organization, asked, register, as_of, kept, check))


def _hidden(
    world: World,
    organization: Organization,
    asked: Sequence[asking.Question],
    register: Any,
    as_of: date,
    result: CheckResult,
    check: str,
) -> frozenset[str]:
    """The findings that the setting ``since`` hides."""
    if world.since is None or not result.findings:
        return frozenset()
    answered = asking.ask(world, organization, asked, register, None, {}, as_of)
    bounded = next(one for question, one, _ in answered if question.check.id == check)
    left = {one.subject for one in bounded.findings} if isinstance(bounded, CheckResult) else set()
    return frozenset(one.subject for one in result.findings) - left


def origins(
    connection: Connection, organization: str, cells: Iterable[Cell]
) -> Mapping[tuple[str, tuple[Any, ...]], Origin]:
    """(table, key of the row) → where it came from."""
    found = {}
    for name, key in dict.fromkeys((cell.table, cell.key) for cell in cells):
        stored, spec = schema.LEDGER[name], ledger.TABLES[name]
        query = select(schema.imports.c.source, schema.imports.c.imported_at, stored.c.original).join(
            schema.imports, schema.imports.c.id == stored.c.import_id
        )
        if spec.by_organization:
            query = query.where(stored.c.organization == organization)
        for column, value in zip(spec.key, key, strict=True):
            query = query.where(stored.c[column] == value)
        if row := connection.execute(query).first():
            found[name, key] = Origin(row.source, row.imported_at, row.original or {})
    return found
