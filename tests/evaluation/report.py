"""The evaluation as plain text that fits a hundred columns, and as JSON."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from tests.evaluation.book import PLANTED, Row
from tests.evaluation.ledgers import ledger
from tests.evaluation.measure import Score, Verdict

SHOWN = 8  # contracts of a set that are written out
_HEAD = (
    f"{'check':<22}{'planted':>8}{'found':>7}{'recall':>8}{'near':>6}{'accused':>8}{'prec.=':>8}{'prec.1%':>8}"
    f"{'alarms/1000':>12}{'impure':>7}{'s':>6}"
)


def table(scores: Sequence[Score]) -> str:
    """One line for each check, then each pattern that is not perfect."""
    lines = (
        f"{one.check:<22}{one.planted:>8}{one.found:>7}{one.recall:>8.3f}{one.misses:>6}{one.accused:>8}{one.precision:>8.3f}"
        f"{one.precision_rare:>8.3f}{one.alarms_per_thousand:>12.2f}{one.impure:>7}{one.seconds:>6.1f}"
        for one in scores
    )
    return "\n".join([_HEAD, "-" * len(_HEAD), *lines, "", *patterns(scores)])


def patterns(scores: Sequence[Score]) -> Iterator[str]:
    """Recall of each planted pattern and share accused of each near miss, where they are not 100% and 0%."""
    weak = [
        f"{one.check:<22}{'found' if planted else 'accused':<9}{slug:<34}{hits:>4} of {number:<4}{hits / number:>6.0%}"
        for one in scores
        for (planted, slug), (hits, number) in sorted(one.by_pattern().items())
        if hits != (number if planted else 0)
    ]
    yield "patterns that are not perfect:" if weak else "every pattern is perfect"
    yield from weak


def misses(one: Score) -> Iterator[str]:
    """The planted sets not found, the near misses accused and the impure ones, with what a reader needs to judge them."""
    for verdict in one.verdicts:
        planted = verdict.label.kind == PLANTED
        if verdict.hit != planted or verdict.impure:
            word = "IMPURE" if verdict.hit and planted else "NOT FOUND" if planted else "ACCUSED"
            yield f"\n{word} {one.check} {verdict.label.pattern} ({verdict.shape}/{verdict.seed})"
            yield from _rows(verdict)


def _rows(verdict: Verdict) -> Iterator[str]:
    rows = {row["contract_id"]: row for row in ledger(verdict.shape, verdict.seed).tables["contracts"]}
    own = [rows[each] for each in verdict.label.contracts]
    yield from (_line("  ", row) for row in own[:SHOWN])
    if len(own) > SHOWN:
        yield f"  … {len(own) - SHOWN} more"
    for finding in verdict.findings[:2]:
        yield f"    told as {finding.severity} {finding.pattern}: {finding.title}"
        foreign = [rows[each] for each in finding.contracts if each not in verdict.label.contracts and each in rows]
        yield from (_line("    + ", row) for row in foreign[:SHOWN])


def alarms(one: Score) -> Iterator[str]:
    """The findings that touch no label, each with its contracts."""
    for shape, seed, finding in one.alarms:
        rows = {row["contract_id"]: row for row in ledger(shape, seed).tables["contracts"]}
        yield f"\nALARM {one.check} {finding.severity} {finding.pattern} ({shape}/{seed}): {finding.title}"
        yield from (_line("  ", rows[each]) for each in finding.contracts[:SHOWN] if each in rows)


def _line(indent: str, row: Row) -> str:
    """One contract in a line: signed, procured, yen, method, office, title, vendor."""
    yen = row.get("estimated_price") if not row.get("unit_price") else None
    parts = [
        str(row["signed_on"]),
        f"{yen or row['amount'] or 0:>11,}",
        f"{row['method']}{row.get('ground') or ''}",
        row["department"],
        row["title"],
        row["vendors"].replace("\n", "、"),
    ]
    if row.get("procured_on"):
        parts.insert(1, f"({row['procured_on']:%m-%d})")
    return indent + _cut(" ".join(parts), 98 - len(indent))


def _cut(text: str, width: int) -> str:
    """The text within a number of columns; a kanji takes two."""
    used = 0
    for i, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WFA" else 1
        if used > width:
            return text[: i - 1] + "…"
    return text


def as_json(scores: Sequence[Score]) -> dict[str, Any]:
    """The figures of every check, for the closing note and for comparison between runs."""
    return {
        one.check: {
            "planted": one.planted, "found": one.found, "recall": round(one.recall, 4), "near_misses": one.misses, "accused": one.accused,
            "precision_equal": round(one.precision, 4), "precision_1_percent": round(one.precision_rare, 4),
            "alarms_per_1000": round(one.alarms_per_thousand, 3), "impure": one.impure, "contracts": one.contracts,
            "patterns": {f"{'planted' if planted else 'near_miss'} {slug}": list(counts)
                         for (planted, slug), counts in sorted(one.by_pattern().items())},
        }
        for one in scores
    }  # fmt: skip
