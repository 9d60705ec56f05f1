"""What a run asks: which checks of which organization have something new to say, and what they answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import RowMapping

from checks.catalogue import Check, Parameters, all_checks
from checks.finding import Answer, CheckResult
from checks.rulebook import Rulebook
from monitor import rulebooks as rulebook_files
from monitor.findings import exceptions, identity
from monitor.findings.exceptions import Exemption
from monitor.findings.lifecycle import Cause
from monitor.problems import Problem
from monitor.settings import Hold, Settings, default_config_dir
from monitor.store.bodies import Organization

if TYPE_CHECKING:  # pandas; whether the settings are in order is told without
    from checks.register import Register
    from checks.vendors import Renames


@dataclass(frozen=True)
class World:
    """All that judgement rests on besides the registers: rulebooks, renames and parameters of checks."""

    rulebooks: Mapping[str, Rulebook]
    renames: "Renames"
    parameters: Mapping[str, Parameters]
    since: date | None = None
    exceptions: tuple[Exemption, ...] = ()
    hold: Hold = field(default_factory=Hold)
    stale_after_days: int = 0  # 0: a ledger is never too old
    _bases: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def basis(self, check: Check, organization: Organization) -> str:
        """A digest of everything but the data that an answer rests on: if it moves, the answer is asked anew."""
        key = check.id, organization.rulebook
        if key not in self._bases:
            self._bases[key] = self._basis(check, self.rulebooks.get(organization.rulebook))
        return self._bases[key]

    def _basis(self, check: Check, rulebook: Rulebook | None) -> str:
        return identity.digest(
            [
                check.id,
                check.version,
                rulebook_files.digest(rulebook) if rulebook else None,
                self.parameters[check.id].model_dump(mode="json"),
                [list(astuple(row)) for row in self.renames.rows],
                self.since,
                [entry.model_dump(mode="json") for entry in self.exceptions if entry.check == check.id],
            ]
        )

    def is_stale(self, organization: Organization, as_of: date) -> bool:
        """Whether no file has spoken of it for so long that what it says of today is no answer."""
        read = organization.read_on
        return self.stale_after_days > 0 and read is not None and (as_of - read).days > self.stale_after_days


def verify(settings: Settings) -> None:
    """Read all that a run reads besides the database. Raises Problem. Of the checks only those are imported that have settings."""
    rulebooks_of(settings)
    rulebook_files.renamed(renames_file())
    exceptions.load(settings.exceptions)
    parameters_of(settings.parameters, [name for name in all_checks() if name in settings.parameters])


def rulebooks_of(settings: Settings, extra: Path | None = None) -> Mapping[str, Rulebook]:
    """Ours, those of the settings and those of one more folder. Raises Problem."""
    folders = (default_config_dir() / "rulebooks", settings.rulebooks, extra)
    return rulebook_files.load([folder for folder in folders if folder])


def renames_file() -> Path:
    """The companies that changed their names."""
    return default_config_dir() / "vendor-names.yaml"


def parameters_of(given: Mapping[str, Mapping[str, Any]], names: Iterable[str] | None = None) -> dict[str, Parameters]:
    """The parameters of these checks (default: all), from the settings. Raises Problem with every error."""
    said, found = list[str](), dict[str, Parameters]()
    for name in all_checks() if names is None else names:
        try:
            found[name] = all_checks()[name].parameters.model_validate(given.get(name, {}))
        except ValidationError as error:
            said += [f"parameters.{name}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    if said:
        raise Problem(*said)
    return found


@dataclass(frozen=True)
class Question:
    """A check that must be asked of an organization, and why."""

    check: Check
    basis: str
    cause: Cause


def questions(
    last: Mapping[str, RowMapping],
    world: World,
    organization: Organization,
    chosen: Sequence[Check],
    as_of: date,
    *,
    full: bool,
) -> list[Question]:
    """Which checks must be asked: the data, the rules or the date have moved since the ``last`` answer of each.

    A check that reads the others' answers is asked whenever one of them is asked or has been since it was.
    """
    asked: list[Question] = []
    for check in sorted(chosen, key=lambda check: check.reads_answers):
        basis = world.basis(check, organization)
        held = last.get(check.id)
        moved = held is None or held["data_version"] != organization.version or held["status"] != "done"
        if held is None or moved:
            cause = Cause.BOTH if held is not None and held["basis"] != basis else Cause.DATA
        elif held["basis"] != basis:
            cause = Cause.RULES
        elif full or as_of < held["as_of"] or (held["next_on"] and held["next_on"] <= as_of):
            cause = Cause.DATE
        elif check.reads_answers and asked:
            cause = asked[0].cause
        elif check.reads_answers and any(row["run_id"] > held["run_id"] for row in last.values()):
            cause = Cause.DATA
        else:
            continue
        asked.append(Question(check, basis, cause))
    return asked


@dataclass(frozen=True)
class Sudden:
    """A check that finds many times what it found the last time: rather a column or a rulebook that has changed."""

    check: str
    before: int
    now: int


def sudden(
    world: World, before: Mapping[str, Answer], answered: Sequence[tuple[Question, CheckResult | str]]
) -> list[Sudden]:
    """The answers that have jumped, by the settings of the hold; none at the first judgement of a ledger.

    A check that has never answered of a ledger that others have judged (it is new, or it failed until now) found nothing.
    """
    bounds = world.hold
    numbers = [(question.check.id, answer) for question, answer in answered if isinstance(answer, CheckResult)]
    found = {name: answer.found for name, answer in before.items()}
    jumped = [(name, found.get(name, 0), len(answer.findings)) for name, answer in numbers if found]
    return [
        Sudden(name, was, now)
        for name, was, now in jumped
        if bounds.many and now >= bounds.many and now > bounds.times * was
    ]


def ask(
    world: World,
    organization: Organization,
    asked: Sequence[Question],
    register: "Register",
    turns_on: date | None,
    before: Mapping[str, Answer],
    as_of: date,
) -> list[tuple[Question, CheckResult | str, float]]:
    """What each check says of a register as it was known on a date, or in words why it could not; CPU seconds it took.

    ``turns_on`` is the next date on which that view of the register changes by itself (Register.seen_on). Those that read the others' answers are asked last; ``before`` are the last answers of checks that are not asked now.
    """
    answered: list[tuple[Question, CheckResult | str, float]] = []
    held = dict(before)
    for question in sorted(asked, key=lambda question: question.check.reads_answers):
        if question.check.reads_answers:
            register = register.answered(held)
        begun = process_time()
        answer = _answer(question.check, register, world, organization, as_of, turns_on)
        answered.append((question, answer, process_time() - begun))
        if isinstance(answer, CheckResult):
            held[question.check.id] = Answer.of(answer)
    return answered


def _answer(
    check: Check, register: "Register", world: World, organization: Organization, as_of: date, turns_on: date | None
) -> CheckResult | str:
    """What the check says, or in words why it could not: a check that raises stops nothing else."""
    rulebook = world.rulebooks.get(organization.rulebook)
    if rulebook is None:
        return f"there is no rulebook '{organization.rulebook}'"
    try:
        result = check.examine(register, rulebook, as_of, world.parameters[check.id])
    except Exception as error:  # noqa: BLE001  # any fault of a check is an error of that check alone, told and counted
        return f"{type(error).__name__}: {error}"
    if world.since is not None:
        result = replace(result, findings=_since(register, result, world.since))
    turns = [day for day in (result.next_on, turns_on) if day is not None]
    return replace(result, next_on=min(turns, default=None))


def _since(register: "Register", result: CheckResult, since: date) -> tuple[Any, ...]:
    """Older contracts are context only: a finding about contracts needs at least one that was signed since then."""
    signed = dict(zip(register.contracts["contract_id"], register.contracts["signed_on"], strict=True))
    days = {key: value.date() for key, value in signed.items()}
    return tuple(
        finding
        for finding in result.findings
        if not finding.contracts or any(days.get(contract, date.min) >= since for contract in finding.contracts)
    )
