"""The freeze: a hash of every ledger with its labels, written before the weights were tuned."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.evaluation.book import Labelled
from tests.evaluation.ledgers import HALVES, half, ledger

FILE = Path(__file__).with_name("frozen.json")


def canonical(made: Labelled) -> str:
    """The ledger and its labels as JSON, keys sorted, dates as ISO text."""
    return json.dumps(asdict(made), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical form")


def hashes(name: str) -> dict[str, str]:
    """shape/seed → SHA-256, of one half."""
    return {
        f"{shape}/{seed}": sha256(canonical(ledger(shape, seed)).encode()).hexdigest() for shape, seed in half(name)
    }


def read() -> Mapping[str, Mapping[str, str]]:
    frozen: Mapping[str, Mapping[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return frozen


def write() -> None:
    FILE.write_text(json.dumps({name: hashes(name) for name in HALVES}, indent=1) + "\n", encoding="utf-8")
