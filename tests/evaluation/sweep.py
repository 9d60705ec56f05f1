"""How recall, precision and alarms move with each parameter, one at a time."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from checks.catalogue import all_checks
from tests.evaluation.measure import score

FACTORS = (0.5, 0.8, 1.0, 1.25, 2.0)  # of the default
STEPS = (0.0, 0.1, 0.2, 0.3)  # instead, where the default is zero


def subset(ledgers: Sequence[tuple[str, int]], seeds: int = 2) -> list[tuple[str, int]]:
    """The first seeds of every shape: enough to see a slope."""
    taken: dict[str, int] = {}
    chosen = []
    for shape, seed in ledgers:
        taken[shape] = taken.get(shape, 0) + 1
        if taken[shape] <= (1 if shape == "city" else seeds):
            chosen.append((shape, seed))
    return chosen


def values(info: FieldInfo) -> list[int | float]:
    """A few values around the default, within the field's bounds; none for fields that are no numbers."""
    default = info.default
    if isinstance(default, bool) or not isinstance(default, int | float):
        return []
    near = (
        {type(default)(round(default * factor, 6)) for factor in FACTORS} if default else set(map(type(default), STEPS))
    )
    return sorted(value for value in near | {default} if _within(value, info))


def _within(value: float, info: FieldInfo) -> bool:
    bounds = {"ge": value.__ge__, "gt": value.__gt__, "le": value.__le__, "lt": value.__lt__}
    return all(
        holds(type(value)(getattr(limit, name)))
        for limit in info.metadata
        for name, holds in bounds.items()
        if hasattr(limit, name)
    )


def table(check: str, ledgers: Sequence[tuple[str, int]]) -> Iterator[str]:
    """One line for each value of each numeric parameter; the default is marked."""
    yield f"{check}: {len(ledgers)} ledgers, one parameter at a time"
    yield f"{'parameter':<34}{'value':>12}{'recall':>9}{'prec.=':>9}{'prec.1%':>9}{'alarms/1000':>13}{'impure':>8}"
    for name, info in all_checks()[check].parameters.model_fields.items():
        for value in values(info):
            shown = f"{name:<34}{value:>11}{'*' if value == info.default else ' '}"
            try:
                one = score(check, ledgers, {name: value})
            except ValidationError as refused:
                yield f"{shown}  refused: {refused.errors()[0]['msg']}"[:98]
                continue
            yield (
                f"{shown}{one.recall:>9.3f}{one.precision:>9.3f}{one.precision_rare:>9.3f}{one.alarms_per_thousand:>13.2f}{one.impure:>8}"
            )
