"""``python -m tests.bench``: what the goals of issue 6 come to on this machine."""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench import goals, machine
from tests.bench.goals import Line
from tests.bench.parts import PARTS, huge
from tests.bench.place import Ledger, Place
from tests.bench.process import ROOT, ProcessError
from tests.bench.runs import Runs

FOLDER = ROOT / "var" / "bench"
STAYS = "cardinal"  # the virtual environment of the other tool


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--contracts", type=int, default=1_000_000, help="of the main ledger; the others follow it")
    parser.add_argument("--organizations", type=int, help="of the main ledger (default: one per 10,000 contracts)")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--huge", action="store_true", help="also ten times the main ledger: hours of room, 5 GB")
    parser.add_argument("--workers", type=int, help="given to `keiyaku run` (default: nothing is)")
    parser.add_argument("--json", type=Path, default=ROOT / "var" / "bench.json", metavar="FILE")
    parser.add_argument("--keep", action="store_true", help="use what is in var/bench already, and leave it there")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    if not chosen.keep:
        _clear()
    FOLDER.mkdir(parents=True, exist_ok=True)
    organizations = chosen.organizations or max(1, chosen.contracts // 10_000)
    runs = Runs(Place(FOLDER), Ledger(chosen.contracts, organizations), chosen.workers)
    parts = {name: part for name, part in PARTS.items() if name in (chosen.only or PARTS)}
    parts |= {"huge": huge} if chosen.huge else {}
    lines: list[Line] = []
    for name, part in parts.items():
        try:
            lines += part(runs)
        except ProcessError as failed:
            sys.stderr.write(f"{failed}\n")
            lines.append(Line(name, "failed", "", None, 1.0))
        _write(chosen, runs, lines)  # after each part, as the whole takes long
    sys.stdout.write(f"{chosen.contracts:,} contracts of {organizations:,} organizations\n{goals.table(lines)}\n")
    if not chosen.keep:
        _clear()


def _write(chosen: argparse.Namespace, runs: Runs, lines: list[Line]) -> None:
    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(chosen).items()}
    told = {
        **machine.told(),
        "arguments": given,
        "costs": {name: asdict(cost) for name, cost in runs.costs.items()},
        "goals": [asdict(line) | {"met": line.met} for line in lines],
    }
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _clear() -> None:
    for path in FOLDER.glob("*"):
        if path.name != STAYS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
