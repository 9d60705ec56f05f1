"""The index of past weeks: made from the digests in a folder themselves, so that it needs no database and never disagrees.

Each page says in its head what it is (keiyaku:week, :scope, :audience, :numbers, description). What says nothing of that
kind is another's: left where it is, left out, and told in one note.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from monitor import plain
from monitor.digest import week as weeks
from monitor.digest.audience import Scope
from monitor.digest.items import SOON_DAYS
from monitor.digest.templating import TEMPLATES, environment
from monitor.digest.week import Week
from monitor.problems import Problem

INDEX: Final = "index.html"
_HEAD: Final = 64 * 1024  # bytes of a page that are read; what it says of itself stands before its style
_COUNTS: Final = ("overdue", "soon", "new", "open")
_SCOPES: Final = list(Scope)
_LABELS: Final = {Scope.ORGANIZATION: "団体", Scope.DEPARTMENT: "所属", Scope.OWNER: "担当"}


@dataclass(frozen=True)
class Entry:
    """One digest in the folder."""

    week: Week
    scope: Scope
    audience: str  # its label; '' for everybody
    verdict: str
    overdue: int
    soon: int
    new: int
    open: int
    file: str

    @property
    def order(self) -> tuple[int, str, str]:
        """Within a week: everybody, organizations, departments, owners."""
        return _SCOPES.index(self.scope), self.audience, self.file


@dataclass(frozen=True)
class Shelf:
    """One week of the index: the whole, if it was kept, and its slices by kind."""

    week: Week
    whole: Entry | None
    slices: tuple[tuple[str, tuple[Entry, ...]], ...]  # (団体, entries)

    @property
    def count(self) -> int:
        """Slices of the week."""
        return sum(len(entries) for _, entries in self.slices)


@dataclass(frozen=True)
class Index:
    """The index as a file, and a note on each page that is not in it."""

    files: dict[str, str | bytes]
    notes: tuple[str, ...]


def index(folder: Path) -> Index:
    """The index of a folder of digests. Same folder, same bytes. Raises Problem for a folder that cannot be read."""
    entries, notes = [], []
    try:
        found = sorted(folder.glob("*.html"))
    except OSError as error:
        raise Problem(f"{folder} cannot be read: {error.strerror}.") from error
    for path in found:
        if path.name == INDEX:
            continue
        try:
            entries.append(entry(path.name, _head(path)))
        except OSError as error:
            notes.append(plain.clean(f"{path} cannot be read ({error.strerror}): not in the index."))
        except ValueError:
            notes.append(plain.clean(f"{path} does not say that it is a digest: not in the index."))
    return Index({INDEX: page(entries)}, tuple(notes))


def _head(path: Path) -> bytes:
    """The beginning of a page. Raises ValueError for what is no file, or has a name that no link can hold."""
    if not path.is_file():
        raise ValueError(path.name)
    path.name.encode()
    with path.open("rb") as file:
        return file.read(_HEAD)


def entry(name: str, head: bytes) -> Entry:
    """What a page says of itself. Raises ValueError for one that is no digest."""
    said = _Head()
    try:
        said.feed(head.decode("utf-8", errors="replace"))
    except AssertionError as error:  # how html.parser of Python 3.11 takes <![x
        raise ValueError(name) from error
    told = said.told
    counts = dict(re.findall(r"(\w+)=(\d{1,9})(?!\S)", told.get("keiyaku:numbers", ""), re.ASCII))
    if not set(_COUNTS) <= counts.keys():
        raise ValueError(name)
    try:
        week = weeks.parse(told.get("keiyaku:week", ""))
    except Problem as problem:
        raise ValueError(name) from problem
    return Entry(
        week=week,
        scope=Scope(told.get("keiyaku:scope", "")),
        audience=told.get("keiyaku:audience", ""),
        verdict=told.get("description", ""),
        file=name,
        **{key: int(counts[key]) for key in _COUNTS},
    )


class _Head(HTMLParser):
    """The first of each meta, by name, of the head of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is read from where style or body begin."""
        self._over = self._over or tag in ("style", "body", "script")
        given = dict(attrs)
        if tag == "meta" and not self._over:
            self.told.setdefault(given.get("name") or "", given.get("content") or "")


def page(entries: Iterable[Entry]) -> str:
    """The index: newest week first, by years; no network, no script."""
    style = (TEMPLATES / "archive.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    shelves = _shelves(entries)
    years: list[tuple[int, list[Shelf]]] = [(y, list(held)) for y, held in groupby(shelves, lambda one: one.week.year)]
    given: dict[str, Any] = {
        "style": style,
        "allowed": f"sha256-{allowed}",
        "years": years,
        "weeks": len(shelves),
        "soon_days": SOON_DAYS,
    }
    return environment(markup=True).get_template("archive.html").render(**given)


def _shelves(entries: Iterable[Entry]) -> list[Shelf]:
    ordered = sorted(entries, key=lambda one: (-one.week.year, -one.week.number, one.order))
    shelves = []
    for week, held in groupby(ordered, lambda one: one.week):
        kept = list(held)
        slices = tuple(
            (_LABELS[scope], tuple(those))
            for scope, those in groupby((one for one in kept if one.scope is not Scope.ALL), lambda one: one.scope)
        )
        shelves.append(Shelf(week, next((one for one in kept if one.scope is Scope.ALL), None), slices))
    return shelves
