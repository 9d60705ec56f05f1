"""``keiyaku checks trace`` and ``keiyaku findings explain``: step by step, why a contract was found, is clean or was not judged."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, day, place, safe
from monitor.problems import Problem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from checks.trace import Cell, Rule, Step, Trace
    from monitor.asking import World
    from monitor.findings.lifecycle import Known
    from monitor.place import Place
    from monitor.tracing import Asked, Origin

TRACED = 5  # contracts of a finding whose steps are told
WIDEST = 100  # columns: longer lines are hard to read

AsOf = Annotated[str | None, typer.Option("--as-of", help="As of this date (YYYY-MM-DD or R8.7.5).")]


def trace(
    check_id: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id.")],
    contract: Annotated[str, typer.Option(help="The contract's id.")],
    organization: Annotated[
        str | None, typer.Option(help="Its organization, where several have one of this id.")
    ] = None,
    as_of: AsOf = None,
    config: Config = None,
) -> None:
    """Step by step, why a check finds something of a contract, finds nothing, or does not judge it."""
    from checks.catalogue import all_checks
    from monitor import tracing
    from monitor.problems import unknown

    if check_id not in all_checks():
        raise unknown(f"There is no check '{safe(check_id)}'", check_id, all_checks())
    on = day(as_of, "--as-of")
    view = _view(config)
    with view.here.engine.connect() as connection:
        try:
            holder = tracing.holder(connection, contract, organization)
        except Problem as problem:
            raise Problem(*map(safe, problem.sentences)) from None  # a row in quarantine is told as it stands
        asked = tracing.ask(connection, view.world, holder, check_id, on)
        view.say(_heading(asked))
        view.say(_contract(connection, view, asked, contract))


def explain(
    finding_id: Annotated[str, typer.Argument(metavar="ID", help="The id, e.g. PB-2M9XD7QK.")],
    as_of: AsOf = None,
    config: Config = None,
) -> None:
    """What a finding says, and step by step how its check came to it."""
    from checks.catalogue import all_checks
    from monitor import tracing
    from monitor.findings import book
    from monitor.store import bodies

    view = _view(config)
    with view.here.engine.connect() as connection:
        one = book.one(connection, finding_id)
        if one is None:
            raise Problem(f"There is no finding {safe(finding_id)}; keiyaku findings list shows the ids.")
        if one.check not in all_checks():
            raise Problem(f"{one.id} was found by '{one.check}', a check that this version does not have.")
        holder = next((each for each in bodies.organizations(connection) if each.id == one.organization), None)
        if holder is None:
            raise Problem(f"{one.id}: the ledger no longer has the organization '{safe(one.organization)}'.")
        view.say(_says(one))
        on = day(as_of, "--as-of") if as_of else one.last_seen
        asked = tracing.ask(connection, view.world, holder, one.check, on)
        contracts = list(one.facts["contracts"])
        view.say(_heading(asked))
        for number, contract in enumerate(contracts[:TRACED], start=1):
            view.say(["", f"━━ 契約 {number}／{len(contracts)}"])
            view.say(_contract(connection, view, asked, contract))
        if len(contracts) > TRACED:
            view.say(
                ["", f"ほか{len(contracts) - TRACED}件の契約：keiyaku checks trace {one.check} --contract 契約番号"]
            )
        if not contracts:
            view.say(["", "この確認事項は台帳全体についてのもので、挙げる契約はありません。"])


# --- what is told ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _View:
    """Where it is read and how it is shown."""

    here: "Place"
    world: "World"
    settings_file: Path
    width: int

    def say(self, lines: "Iterator[str] | list[str]") -> None:
        """Print lines, folded at the width of the terminal, each continued under its own indentation."""
        for line in lines:
            for part in fold(safe(line), self.width):
                typer.echo(part)


def _view(config: Path | None) -> _View:
    from monitor import jobs, settings

    here = place(config)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
    return _View(here, jobs.world(here.settings), settings.config_path(config, os.environ), min(columns, WIDEST))


def _says(one: "Known") -> Iterator[str]:
    """The finding as it was told."""
    from monitor.findings import decisions

    state = "判定保留" if one.unknown else one.state.label
    yield f"{one.id}  {one.facts['title']}"
    yield f"  重要度・状態：{one.severity.label}・{state}（{one.first_seen}から、最後の確認は{one.last_seen}）"
    yield f"  確認されたこと：{decisions.explanation(one)}"
    yield f"  次にすること：{one.facts['next_step']}"
    yield ""


def _heading(asked: "Asked") -> Iterator[str]:
    from checks import periods

    question = asked.question
    yield f"検査    {question.check.title}（{question.check.id}）"
    yield f"団体    {asked.organization.name}（{asked.organization.id}、規程 {question.rulebook.id}「{question.rulebook.name}」）"
    yield f"基準日  {question.as_of}（{periods.wareki(question.as_of)}）"


def _contract(connection: "Connection", view: _View, asked: "Asked", contract: str) -> Iterator[str]:
    """All steps of one contract and the answer; a contract that the ledger has no more is said to be so."""
    from checks import trace as pure
    from monitor import tracing

    waiting = tracing.in_quarantine(connection, contract, asked.organization.id)
    notes = [f"保留中の行：{row['source']} {row['line']}行目　{tracing.told(row)}" for row in waiting]
    row = pure.one(asked.question.whole.tables["contracts"], contract)
    if row is None:
        yield f"契約    {contract}：台帳にありません。"
        yield from (f"        {note}" for note in notes)
        return
    yield f"契約    {contract}「{row.title}」"
    if asked.error:
        yield f"答え：検査が答えられませんでした（{asked.error}）。"
        return
    told = pure.trace(asked.question, contract)
    cells = [cell for step in told.steps for cell in step.cells]
    found = tracing.origins(connection, asked.organization.id, cells)
    yield ""
    for number, step in enumerate(told.steps, start=1):
        yield from _step(view, asked, number, step, found)
    if notes:
        yield "この契約について、読み取れずに保留になっている行があります："
        yield from (f"  {note}" for note in notes)
    yield from _answer(connection, asked, told)


def _step(
    view: _View, asked: "Asked", number: int, step: "Step", found: "Mapping[tuple[str, tuple[Any, ...]], Origin]"
) -> Iterator[str]:
    yield f"{number}. {step.label}"
    yield from _cells(step, found)
    for line in step.compared:
        yield f"    比較  {line}"
    for rule in step.rules:
        yield from _rule(view, asked, rule)
    yield from _parameters(view, asked, step.parameters)
    yield f"    {step.mark} {step.verdict}"


def _cells(step: "Step", found: "Mapping[tuple[str, tuple[Any, ...]], Origin]") -> Iterator[str]:
    """The cells row by row, and behind each row the file it was read from."""
    from checks.ledger import JAPANESE
    from monitor.place import JST

    rows: dict[tuple[str, tuple[Any, ...]], list[Cell]] = {}
    for cell in step.cells:
        rows.setdefault((cell.table, cell.key), []).append(cell)
    for row, cells in rows.items():
        origin = found.get(row)
        for cell in cells:
            original = origin.original.get(cell.column) if origin and not cell.hidden else None
            read = f"（原文「{original}」）" if original and original not in cell.text else ""
            yield f"    台帳  {cell.heading}：{cell.text}{read}"
        if origin:
            yield f"          ← {origin.source}（{JAPANESE.get(row[0], row[0])}の表、{origin.imported_at.astimezone(JST):%Y-%m-%d}取込み）"


def _rule(view: _View, asked: "Asked", rule: "Rule") -> Iterator[str]:
    """What it says; its dates, mark and source; the file that sets it."""
    from checks import periods
    from checks.rulebook import Dated
    from monitor.rulebooks import Rulebooks

    yield f"    規程  {rule.text}"
    row = rule.row
    if row is not None:
        since, until = (row.since, row.until) if isinstance(row, Dated) else (None, None)
        span = f"{periods.short(since) if since else ''}～{periods.short(until) if until else ''}"
        parts = [f"適用 {span}"] if since or until else []
        parts += ["確認済" if row.verified else "規程未確認", f"出典 {row.source}", *([row.note] if row.note else [])]
        yield f"          {'、'.join(parts)}"
    books = view.world.rulebooks
    file = books.file(asked.question.rulebook.id, rule.path) if isinstance(books, Rulebooks) else ""
    yield f"          ← {file}（{'.'.join(rule.path)}）" if file else f"          ← 既定値（{'.'.join(rule.path)}）"


def _parameters(view: _View, asked: "Asked", names: tuple[str, ...]) -> Iterator[str]:
    """Those set in the settings file, then those that stand at their defaults."""
    check = asked.question.check.id
    given = view.here.settings.parameters.get(check, {})
    for place_, held in (
        (f"{view.settings_file} [parameters.{check}]", [name for name in names if name in given]),
        ("既定値", [name for name in names if name not in given]),
    ):
        if held:
            values = ", ".join(f"{name} = {_value(getattr(asked.question.parameters, name))}" for name in held)
            yield f"    設定  {values} ← {place_}"


def _value(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def _answer(connection: "Connection", asked: "Asked", told: "Trace") -> Iterator[str]:
    """The check's own answer: the findings with their figures, or why there is none."""
    from checks.trace import why
    from monitor.findings import book

    yield f"答え：{told.verdict}"
    if not told.check.of_contracts:
        yield "  この検査は台帳全体についてのもので、個々の契約に問題があるという意味ではありません。"
    ids = {one.subject: one.id for one in book.known(connection, asked.organization.id, told.check.id)}
    for finding in told.findings:
        known = ids.get(finding.subject)
        yield f"  {known or '（台帳にまだない確認事項）'}  {finding.title}（{finding.severity.label}）"
        if finding.subject in asked.old:
            yield "    設定 since より前の契約だけについてのものなので、お知らせしません。"
        for name, value in finding.figures.items():
            if name in told.check.figures and value is not None:
                yield f"    {told.check.figures[name].label}：{told.check.figures[name].text(value)}"
    for reason in told.reasons:
        yield f"  {reason[0]}：{why(reason)}"


def fold(text: str, width: int) -> Iterator[str]:
    """A line in parts of at most so many columns, a Japanese letter counting two; room is kept for a 、 or 。 that would begin a line."""
    from rich.cells import cell_len

    body = text.lstrip(" ")
    begun = len(text) - len(body)
    indent = " " * (begun + (6 if body[:2] in ("台帳", "規程", "設定", "比較") else 2 if begun else 0))
    line, used = " " * begun, begun
    for word in re.findall(r"[!-~]{1,40}|.", body):
        size = cell_len(word)
        if used + size > (width if word in "、。）」" else width - 2):
            yield line.rstrip()
            line, used = indent, len(indent)
            if word == " ":
                continue
        line, used = line + word, used + size
    yield line.rstrip()
