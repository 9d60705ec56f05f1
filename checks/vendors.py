"""Vendors are identities, not strings: 法人番号 where there is one, else the normalised name, across renames.

前株 and 後株 differ, equal names of different 法人番号 differ, an address never merges. A nameless or secret vendor is an
identity of its own, linked to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from checks import words

INDIVIDUAL: Final = "個人（非公表）"
SECRET: Final = "非公表"  # noqa: S105


@dataclass(frozen=True)
class Rename:
    """A company changed its name: both names are one identity. ``since`` is the first day of the new name."""

    old: str
    new: str
    since: date
    source: str
    verified: bool


@dataclass(frozen=True)
class Renames:
    """The dated table of renames, by normalised name."""

    rows: tuple[Rename, ...] = ()

    def latest(self, name: str) -> tuple[str, tuple[Rename, ...]]:
        """The newest normalised name of a vendor and the renames that led to it."""
        key, used = words.company(name), []
        by_old = {words.company(row.old): row for row in self.rows}
        while (row := by_old.pop(key, None)) is not None:
            used.append(row)
            key = words.company(row.new)
        return key, tuple(used)


def explode(contracts: pd.DataFrame, renames: Renames) -> pd.DataFrame:
    """One row per contract and vendor: contract_id, position, name, identity, joint (連名), known_by (keys), verified.

    ``identity`` is ``number:<13 digits>``, ``name:<normalised name>`` or, for a vendor that is not disclosed,
    ``contract:<contract_id>``.
    """
    rows = []
    for contract_id, names, numbers, hidden in zip(
        contracts["contract_id"],
        contracts["vendors"],
        contracts["vendor_numbers"],
        contracts["nondisclosure"],
        strict=True,
    ):
        listed = [(i, name) for i, name in enumerate(names.split("\n")) if name.strip()]
        if hidden or not listed:
            label = INDIVIDUAL if hidden == "個人" else SECRET
            rows.append((contract_id, 0, label, "", False, True))
            continue
        digits = dict(enumerate(numbers.split("\n")))
        rows += [(contract_id, i, name, digits.get(i, ""), len(listed) > 1, False) for i, name in listed]
    frame = pd.DataFrame(rows, columns=["contract_id", "position", "name", "number", "joint", "hidden"])
    return frame.assign(**_identities(frame, renames))


def _identities(frame: pd.DataFrame, renames: Renames) -> dict[str, list[Any]]:
    keys = {name: renames.latest(name) for name in frame["name"].unique()}
    numbered: dict[str, set[str]] = {}
    for name, number in frame.loc[frame["number"] != "", ["name", "number"]].drop_duplicates().itertuples(index=False):
        numbered.setdefault(keys[name][0], set()).add(number)
    identities, known_by, verified = [], [], []
    for contract_id, name, number, hidden in zip(
        frame["contract_id"], frame["name"], frame["number"], frame["hidden"], strict=True
    ):
        key, used = keys[name]
        if hidden:
            identity = f"contract:{contract_id}"
        elif number:
            identity = f"number:{number}"
        else:
            only = numbered.get(key, set())
            identity = f"number:{next(iter(only))}" if len(only) == 1 else f"name:{key}"
        identities.append(identity)
        known_by.append(
            (identity,) if hidden else tuple(sorted({identity, f"name:{key}", f"name:{words.company(name)}"}))
        )
        verified.append(all(row.verified for row in used))
    return {"identity": identities, "known_by": known_by, "verified": verified}


def shown(vendors: pd.DataFrame) -> Mapping[str, str]:
    """identity → the name to print: the last one that the register uses."""
    return dict(zip(vendors["identity"], vendors["name"], strict=True))
