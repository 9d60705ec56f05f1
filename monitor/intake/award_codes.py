"""config/award-codes.yaml: what the codes of ministries and tender methods in the awards of 調達ポータル mean."""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from checks import ledger
from monitor.problems import Problem
from monitor.rulebooks.read import read_yaml, shown
from monitor.rulebooks.sentences import sentences
from monitor.settings import default_config_dir

MINISTRY, METHOD = r"[A-Z][0-9A-Z]", r"8[0-9]{6}"  # how the codes look: no code of the one is one of the other


class Method(BaseModel):
    """A tender method: our word for it, and what the code says itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    text: str = Field(min_length=1)

    @field_validator("method")
    @classmethod
    def _known(cls, value: str) -> str:
        choices = ledger.CONTRACTS.by_name["method"].choices
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value


class _Ministries(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rulebook: str = Field(min_length=1)
    names: dict[str, str]


class Codes(BaseModel):
    """The file: ministries by code, methods by code, and where that was read."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(min_length=1)
    verified: bool
    ministries: _Ministries
    methods: dict[str, Method]


def load(path: Path) -> Codes:
    """The codes; raises Problem with one sentence for each error."""
    data = read_yaml(path)
    try:
        return Codes.model_validate(data)
    except ValidationError as error:
        raise Problem(*sentences(shown(path), error, Codes.model_json_schema())) from error


@lru_cache(maxsize=1)
def packaged() -> Codes:
    """Those that come with the program, read once."""
    return load(default_config_dir() / "award-codes.yaml")
