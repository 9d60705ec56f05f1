"""What a check is, and which there are: found by walking this package, never by a hand-kept list."""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cache
from importlib.abc import InspectLoader
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

import checks
from checks import periods, yen
from checks.finding import Answer, CheckResult

if TYPE_CHECKING:  # pandas takes longer to import than most commands take to answer
    from checks.register import Register
    from checks.rulebook import Rulebook

DESCRIBED = Path(__file__).parent / "described.json"
LISTED = 12  # values of a list that are written out
HEADINGS = ("見るもの", "なぜ", "例", "該当しないもの", "前提", "すること")


class Parameters(BaseModel):
    """Figures that are our judgement, each with a default, bounds and the reason for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Figure:
    """How a figure of a finding is shown: its Japanese label, its unit (円, 件, %, 日付, 日 or ''), the words of its keys."""

    label: str
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        """The figure in words: exact yen, dates as R8.3.27(金), the first LISTED values of a list and a count of the rest."""
        if isinstance(value, Mapping):
            return "、".join(f"{self.words.get(key, key)} {self.text(each)}" for key, each in value.items())
        if isinstance(value, list):
            rest = len(value) - LISTED
            return "、".join(map(self.text, value[:LISTED])) + (f"、ほか{rest}件" if rest > 0 else "")
        if self.unit == "日付":
            return periods.short(date.fromisoformat(value))
        if self.unit == "円":
            return yen.exact(value)
        return f"{value:,}{self.unit}" if isinstance(value, int) else f"{value}{self.unit}"


@dataclass(frozen=True)
class Check:
    """A check's function and its metadata; the module's docstring is its manual page."""

    id: str
    prefix: str  # two letters that begin the ids of its findings
    title: str
    question: str
    authority: str
    examine: "Callable[[Register, Rulebook, date, Any], CheckResult]"
    parameters: type[Parameters]
    figures: Mapping[str, Figure]
    innocent: str  # why a finding may be fine
    needs: Mapping[str, tuple[str, ...]]  # table → columns
    at_stake: str  # the figure that says how many yen a finding is about; "" if none does
    cleared_as: str  # what it means when a finding is no longer found: fixed (是正) or corrected (台帳の訂正)
    version: int = 1
    of_contracts: bool = True  # False: its findings speak of the ledger, so they are in no rate of contracts in order
    reads_answers: bool = False  # asked last, of a register that holds what the others said (Register.answers)
    grows: bool = False  # one contract more in a finding makes it a graver one: an answer to the smaller set lapses
    accepted_to_year_end: bool = False  # an acceptance may last to the end of the fiscal year instead of 90 days
    manual: str = field(default="", compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes a check travels by its name."""
        return _by_id, (self.id,)


def sections(manual: str) -> dict[str, str]:
    """The manual page by heading; the text before the first heading is ''."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in inspect.cleandoc(manual).splitlines():
        if line.rstrip("：") in HEADINGS and line.endswith("："):
            heading = line.rstrip("：")
            found[heading] = []
        else:
            found[heading].append(line.strip())
    return {key: "\n".join(lines).strip() for key, lines in found.items()}


def page(check: Check) -> str:
    """The manual page as plain text: the docstring, the authority, and the parameters with their bounds."""
    found = sections(check.manual)
    lines = [f"{check.id}  {check.title}", "", check.question, "", found[""]]
    for heading in HEADINGS:
        lines += ["", f"{heading}：", found.get(heading, "")]
    lines += ["", "問題がない場合：", check.innocent, "", "根拠：", check.authority]
    fields = check.parameters.model_fields
    if fields:
        lines += ["", "設定できる値（[parameters." + check.id + "]）："]
    for name, info in fields.items():
        limits = [
            f"{sign} {getattr(b, key)}" for b in info.metadata for key, sign in _BOUNDS.items() if hasattr(b, key)
        ]
        lines.append(_parameter(name, info.default, limits, info.description or ""))
    return "\n".join(lines)


_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def _parameter(name: str, default: Any, limits: list[str], description: str) -> str:
    bounds = f" ({', '.join(limits)})" if limits else ""
    return f"  {name} = {default}{bounds}  {description}".rstrip()


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check of this package by id, in order of the id. Which there are costs nothing; a check is imported when it is asked for."""
    return _Catalogue()


@dataclass(frozen=True)
class Described:
    """What readers of findings ask of a check."""

    prefix: str
    title: str
    innocent: str
    figures: Mapping[str, Figure]


@cache
def described() -> Mapping[str, Described]:
    """The same by id, from a file that is made of the code (tests/generated.py): no check is imported, and pandas neither."""
    held = json.loads(DESCRIBED.read_text(encoding="utf-8"))
    return {
        name: Described(**{**one, "figures": {key: Figure(**each) for key, each in one["figures"].items()}})
        for name, one in held.items()
    }


def as_described() -> dict[str, dict[str, Any]]:
    """The content of that file."""
    names = [one.name for one in fields(Described) if one.name != "figures"]
    return {
        check.id: {
            **{name: getattr(check, name) for name in names},
            "figures": {key: asdict(each) for key, each in check.figures.items()},
        }
        for check in all_checks().values()
    }


_HOLDS_A_CHECK = re.compile(r"^CHECK\b.*=", re.MULTILINE)


class _Catalogue(Mapping[str, Check]):
    """The modules that hold a check, known by their text alone: a module's name is its check's id."""

    def __init__(self) -> None:
        names = sorted(info.name for info in pkgutil.iter_modules(checks.__path__))
        self._found: dict[str, Check | None] = {name: None for name in names if _HOLDS_A_CHECK.search(_text(name))}

    def __getitem__(self, name: str) -> Check:
        held = self._found[name]
        if held is None:
            self._found[name] = held = _imported(name)
        return held

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _text(name: str) -> str:
    spec = find_spec(f"checks.{name}")
    assert spec is not None
    source: str | None = spec.loader.get_source(spec.name) if isinstance(spec.loader, InspectLoader) else None
    return source or ""


def _by_id(check: str) -> Check:
    return all_checks()[check]


def _imported(name: str) -> Check:
    module = importlib.import_module(f"checks.{name}")
    check: Check = module.CHECK
    if check.id != name:
        raise ValueError(f"{module.__name__} holds the check {check.id}: the file's name must be the id")
    return Check(**{**vars(check), "manual": module.__doc__ or ""})


def answers(
    register: "Register", rulebook: "Rulebook", as_of: date, parameters: Mapping[str, Parameters]
) -> dict[str, Answer]:
    """What every check that does not itself read answers says of a register, in numbers."""
    return {
        name: Answer.of(check.examine(register, rulebook, as_of, parameters[name]))
        for name, check in all_checks().items()
        if not check.reads_answers
    }


__all__ = [
    "DESCRIBED",
    "HEADINGS",
    "Check",
    "Described",
    "Figure",
    "Parameters",
    "all_checks",
    "answers",
    "as_described",
    "described",
    "sections",
]
