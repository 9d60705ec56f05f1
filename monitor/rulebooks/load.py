"""The rulebooks of some folders, `extends` resolved, every error told at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from checks.rulebook import Rulebook, merge
from monitor.problems import Problem, nearest
from monitor.rulebooks.read import read_yaml, shown
from monitor.rulebooks.sentences import sentences

_Raw = dict[str, tuple[Path, dict[str, Any]]]  # id → file and what it says


class Rulebooks(dict[str, Rulebook]):
    """The rulebooks by id, in order; they know which file sets which figure (``file``)."""

    def __init__(self, found: Mapping[str, Rulebook], raw: _Raw) -> None:
        super().__init__(sorted(found.items()))
        self._raw = raw

    def file(self, name: str, path: Sequence[str]) -> str:
        """The file that sets what stands at a path (small_value, limits, works) of a rulebook: its own or the nearest parent's.

        '' where no file says it: then it is the model's default. A list is replaced whole, so a path ends at one.
        """
        for member in (name, *_ancestors(name, self._raw)):
            file, whole = self._raw[member]
            node: Any = whole
            for key in path:
                node = node.get(key) if isinstance(node, dict) else None
            if node is not None:
                return shown(file)
        return ""


def load(directories: Iterable[Path]) -> Rulebooks:
    """Every rulebook by id (the bundled ones are in default_config_dir() / "rulebooks"), in order of the id; one in a later folder replaces the same id of an earlier one.

    Raises Problem with one sentence for each error in any of the files.
    """
    said: list[str] = []
    raw: _Raw = {}
    for directory in directories:
        raw |= _read(directory, said)
    found: dict[str, Rulebook] = {}
    told: dict[str, list[str]] = {}  # id → its errors without the file's name: a child repeats its parents'
    for name in sorted(raw, key=lambda name: (len(_ancestors(name, raw)), name)):
        path, _ = raw[name]
        label = shown(path)
        family = _ancestors(name, raw)
        if problem := _broken(name, family, raw):
            said.append(f"{label}: {problem}")
            continue
        whole: dict[str, Any] = {}
        for member in (*reversed(family), name):
            whole = merge(whole, raw[member][1])
        try:
            found[name] = Rulebook.model_validate(whole)
        except ValidationError as error:
            told[name] = sentences("", error, Rulebook.model_json_schema())
            inherited = {sentence for member in family for sentence in told.get(member, ())}
            said += [f"{label}{sentence}" for sentence in told[name] if sentence not in inherited]
    if said:
        raise Problem(*said)
    return Rulebooks(found, raw)


def digest(rulebook: Rulebook) -> str:
    """sha256 of the rulebook's canonical JSON: what a run compares to know whether the rules have changed."""
    data = json.dumps(rulebook.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()


def _read(directory: Path, said: list[str]) -> _Raw:
    if not directory.is_dir():
        said.append(f"{shown(directory)}: found no such folder, expected the folder of the rulebooks")
        return {}
    raw: _Raw = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            data = read_yaml(path)
        except Problem as problem:
            said += problem.sentences
            continue
        if data.get("id") != path.stem:
            said.append(
                f"{shown(path)}: id: found {json.dumps(data.get('id'), default=str)}, expected {path.stem} as in the file's name"
            )
        raw[path.stem] = (path, data)
    return raw


def _ancestors(name: str, raw: _Raw) -> list[str]:
    """The chain of `extends`, nearest first; it ends at an unknown id or where it comes back to itself."""
    chain: list[str] = []
    parent = raw[name][1].get("extends")
    while isinstance(parent, str):
        chain.append(parent)
        if parent not in raw or parent == name or parent in chain[:-1]:
            break
        parent = raw[parent][1].get("extends")
    return chain


def _broken(name: str, family: list[str], raw: _Raw) -> str:
    """Why `extends` cannot be resolved, if it cannot."""
    if not family:
        return ""
    last = family[-1]
    if last == name or last in family[:-1]:
        return f"extends: found a circle {' → '.join((name, *family))}, expected a chain that ends"
    if last not in raw:
        near = nearest(last, raw)
        hint = f"; the nearest is {near}" if near else ""
        through = "" if len(family) == 1 else f" (through {' → '.join(family[:-1])})"
        return f"extends: found {last!r}{through}, expected the id of a rulebook{hint}"
    return ""
