"""config/vendor-names.yaml: companies that changed their names."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.rulebook import Day
from monitor.problems import Problem
from monitor.rulebooks.read import read_yaml, shown
from monitor.rulebooks.sentences import sentences

if TYPE_CHECKING:  # pandas; who only looks whether the file is in order needs neither
    from checks.vendors import Renames


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old: str = Field(min_length=1)
    new: str = Field(min_length=1)
    since: Day
    until: Day | None = None  # last day on which the old name meant this company, where another has taken it over
    source: str = Field(min_length=1)
    verified: bool
    note: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    renames: tuple[_Row, ...]


def renames(path: Path) -> "Renames":
    """The dated table of renames; raises Problem with one sentence for each error."""
    from checks.vendors import Rename, Renames

    rows = renamed(path)
    return Renames(tuple(Rename(row.old, row.new, row.since, row.source, row.verified, row.until) for row in rows))


def renamed(path: Path) -> tuple[_Row, ...]:
    """The same as it stands in the file."""
    data = read_yaml(path)
    try:
        return _File.model_validate(data).renames
    except ValidationError as error:
        raise Problem(*sentences(shown(path), error, _File.model_json_schema())) from error
