"""Where a register comes from by itself: a query of another database, or files of the watched folder by their names."""

import fnmatch
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from monitor.settings.values import Count, Day, Model, Name

_OF_FILES, _OF_DATABASES = ("layout", "listed", "published_on"), ("query", "table", "fresh", "fresh_days")
_SQL = ".sql"


class Source(Model):
    """[[sources]]: how the rows of a database's query, or of files whose names match, are read."""

    name: Name
    files: str = ""  # a pattern of file names; * is anything
    database: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]*)?$")  # the variable that holds the address
    query: str = ""  # SQL, or the path of a .sql file
    table: Literal[
        "organizations",
        "contracts",
        "publications",
        "subcontracts",
        "wage_declarations",
        "events",
        "vendor_sanctions",
    ] = "contracts"
    fresh: str = ""  # a query of one cell: the newest date of the data; without it the column read_at of ``query``
    fresh_days: Annotated[Count, Field(ge=0)] = 0  # older than so many days: not taken; 0: not asked
    organization: str = ""
    layout: str = ""
    rulebook: str = ""  # of bodies that the rows bring and the ledger does not know
    mapping: Path | None = None  # which column is which, for a table of the office's own
    listed: Annotated[bool, Field(strict=True, alias="register")] = (
        False  # a published register, to be held against the ledger
    )
    published_on: Day | None = None
    replace: Annotated[bool, Field(strict=True)] = False  # the whole truth of its organizations and fiscal years

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.files) == bool(self.database):
            raise ValueError(
                "expected one of database (with query) and files: where the rows come from"
                + ("; both are set" if self.files else "")
            )
        if self.database and not self.query.strip():
            raise ValueError("query is missing: the SELECT that gives the rows, or the path of a .sql file")
        if self.published_on and not self.listed:
            raise ValueError("published_on says when a register was published: set register = true too")
        wrong = [name for name in (_OF_DATABASES if self.files else _OF_FILES) if name in self.model_fields_set]
        if wrong:
            kind = "files" if self.files else "database"
            told = " and ".join(self.__class__.model_fields[name].alias or name for name in wrong)
            raise ValueError(f"{told}: not for a source with {kind}; leave it out")
        return self

    def matches(self, name: str) -> bool:
        """Whether a file's name is meant: width, case and how its letters are composed (as macOS does) do not count."""
        return fnmatch.fnmatchcase(_plain(name), _plain(self.files))

    def path(self, query: str) -> Path | None:
        """The file that holds one of the queries, where it is not written out."""
        text = query.strip()
        return Path(text) if text.casefold().endswith(_SQL) and "\n" not in text else None


def of_file(sources: Iterable[Source], name: str) -> Source | None:
    """The first source that means a file of the watched folder."""
    return next((source for source in sources if source.files and source.matches(name)), None)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
