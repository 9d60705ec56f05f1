"""``python -m tests.evaluation``: how well the checks judge the labelled ledgers."""

import argparse
import json
import sys
from pathlib import Path

from checks.catalogue import all_checks
from tests.evaluation import frozen, report, sweep
from tests.evaluation.ledgers import HALVES, half, ledger
from tests.evaluation.measure import labelled_checks, score


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    parser.add_argument(
        "--half", choices=sorted(HALVES), default="tune", help="the held half only at the end; hard: the red team's"
    )
    parser.add_argument("--check", action="append", metavar="ID", help="only this check; may be given again")
    parser.add_argument("--sweep", action="store_true", help="move each numeric parameter, on some of the seeds")
    parser.add_argument("--misses", action="store_true", help="write out what was missed, accused or impure")
    parser.add_argument("--alarms", action="store_true", help="write out the findings that touch no label")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--freeze", action="store_true", help="write frozen.json anew and do nothing else")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    if chosen.freeze:
        frozen.write()
        return
    ledgers = list(half(chosen.half))
    wanted = chosen.check or labelled_checks(ledgers)
    there = [check for check in wanted if check in all_checks()]
    for check in wanted:
        if check not in there:
            say(f"{check}: skipped, no such check in the catalogue yet")
    if chosen.sweep:
        for check in there:
            for line in sweep.table(check, sweep.subset(ledgers)):
                say(line)
            say("")
        return
    scores = [score(check, ledgers) for check in there]
    say(
        f"{chosen.half}: {len(ledgers)} ledgers, {sum(len(ledger(*each).tables['contracts']) for each in ledgers):,} contracts"
    )
    say(report.table(scores))
    for one in scores:
        for line in report.misses(one) if chosen.misses else ():
            say(line)
        for line in report.alarms(one) if chosen.alarms else ():
            say(line)
    if chosen.json:
        chosen.json.write_text(
            json.dumps(report.as_json(scores), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


main()
