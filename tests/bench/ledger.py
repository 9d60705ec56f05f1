"""A drawn ledger as the tables of the interchange format, and as CSV: a million contracts in seconds.

``python -m tests.bench.ledger FOLDER --contracts 1000000 --organizations 100`` writes one. Same arguments, same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tests.bench.draw import GROUNDS, METHODS, SMALL, SOLE, Array, Drawn, Shape, draw
from tests.bench.words import CATEGORIES, DEPARTMENTS, SITES, THINGS

_SUBCONTRACTED = [k for k, each in enumerate(CATEGORIES) if each.name in ("業務委託", "工事", "設計・調査・測量")]


def tables(shape: Shape) -> dict[str, pa.Table]:
    """The five tables by name, in the order in which they are imported."""
    drawn = draw(shape)
    contracts = _contracts(drawn)
    return {
        "organizations": _organizations(shape.organizations),
        "contracts": contracts,
        "publications": _publications(drawn, contracts),
        "subcontracts": _subcontracts(drawn, contracts),
        "wage_declarations": _wages(drawn, contracts),
    }


def write(shape: Shape, folder: Path) -> None:
    """The tables as CSV files. Nothing in them needs quotes."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = csv.WriteOptions(include_header=False, quoting_style="none")
    for name, table in tables(shape).items():
        with (folder / f"{name}.csv").open("wb") as file:
            file.write((",".join(table.column_names) + "\n").encode())
            csv.write_csv(table, file, plain)


def corporate_number(serial: int) -> str:
    """13 digits that begin with the check digit of the 法人番号."""
    body = 100_000_000_000 + serial
    weighed = sum(int(digit) * (1, 2)[place % 2] for place, digit in enumerate(reversed(str(body))))
    return f"{9 - weighed % 9}{body}"


def _organizations(count: int) -> pa.Table:
    number = _padded(np.arange(count), 5)
    return pa.table(
        {
            "organization": _joined("M", number),
            "name": _joined("模擬市", number),
            "rulebook": _same("municipality", count),
        }
    )


def _contracts(drawn: Drawn) -> pa.Table:
    n = len(drawn.organization)
    organization, site = _joined("M", _padded(drawn.organization, 5)), _pick(SITES, drawn.site)
    first = np.cumsum([0, *(len(each.actions) for each in CATEGORIES)])[drawn.category]
    action = _pick([word for each in CATEGORIES for word in each.actions], first + drawn.action)
    numbers = [corporate_number(serial) for serial in range(len(drawn.vendors))]
    days = drawn.lag.astype("timedelta64[D]")
    return pa.table(
        {
            "organization": organization,
            "contract_id": _joined(organization, "-", _padded(np.arange(n), 8)),
            "department": _pick(DEPARTMENTS, drawn.department),
            "title": _joined(site, _pick(THINGS, drawn.thing), action),
            "category": _pick([each.name for each in CATEGORIES], drawn.category),
            "method": _pick(METHODS, drawn.method),
            "ground": _pick(GROUNDS, drawn.ground),
            "procured_on": _dates(drawn.signed - days),
            "awarded_on": _dates(drawn.signed - days // 4),
            "signed_on": _dates(drawn.signed),
            "starts_on": _dates(drawn.signed),
            "ends_on": _dates(drawn.signed + drawn.length.astype("timedelta64[D]")),
            "estimated_price": pa.array(drawn.estimated),
            "amount": pa.array(drawn.amount),
            "bidders": pa.array(drawn.bidders, mask=drawn.bidders == 0),
            "quotes": pa.array(drawn.quotes, mask=drawn.quotes == 0),
            "vendors": _pick(drawn.vendors, drawn.vendor),
            "vendor_numbers": _pick(numbers, drawn.vendor),
            "site": site,
        }
    )


def _publications(drawn: Drawn, contracts: pa.Table) -> pa.Table:
    """Results of what was awarded without competition; a broken one is late, or missing."""
    a, b, _, _ = drawn.luck
    due_for = (drawn.method == SOLE) & ((drawn.ground != SMALL) | (drawn.amount > 1_000_000))
    rows = np.flatnonzero(due_for & ~(drawn.broken & (a < 0.5)))
    late = np.where(drawn.broken, (b * 40).astype("int64"), -(b * 25).astype("int64"))[rows]
    published = _quarter_due(drawn.signed[rows]) + late.astype("timedelta64[D]")
    return pa.table(
        {**_keys(contracts, rows), "kind": _same("結果", len(rows)), "published_on": _dates(published)},
    )


def _quarter_due(days: Array) -> Array:
    """The last day of the month after the quarter of each day."""
    month = days.astype("datetime64[M]").astype("int64")
    return (month - month % 3 + 4).astype("datetime64[M]").astype("datetime64[D]") - np.timedelta64(1, "D")


def _subcontracts(drawn: Drawn, contracts: pa.Table) -> pa.Table:
    """Every eighth of the larger services and works; a broken one is half or more of the contract, or not approved."""
    _, b, c, d = drawn.luck
    rows = np.flatnonzero(np.isin(drawn.category, _SUBCONTRACTED) & (drawn.amount > 3_000_000) & (c < 0.12))
    share = np.where(drawn.broken, 0.5 + b * 0.4, b * 0.45)[rows]
    keys, days = _keys(contracts, rows), np.timedelta64(1, "D")
    return pa.table(
        {
            **keys,
            "subcontract_id": _joined(keys["contract_id"], "-S1"),
            "subcontractor": _pick(drawn.vendors, (drawn.vendor[rows] + 17) % len(drawn.vendors)),
            "tier": pa.array(np.ones(len(rows), "int64")),
            "amount": pa.array((drawn.amount[rows] * share).astype("int64")),
            "clerical": pa.nulls(len(rows), pa.string()),
            "core": pa.nulls(len(rows), pa.string()),
            "requested_on": _dates(drawn.signed[rows] + 3 * days),
            "approved_on": _dates(drawn.signed[rows] + 8 * days, blank=(drawn.broken & (d < 0.3))[rows]),
        }
    )


def _wages(drawn: Drawn, contracts: pa.Table) -> pa.Table:
    """Declarations of a raise with the large competed ones; a broken one was never followed up."""
    a, b, c, d = drawn.luck
    rows = np.flatnonzero((drawn.method == 0) & (drawn.amount > 10_000_000) & (d < 0.3))
    blank, years = drawn.broken[rows], drawn.signed[rows].astype("datetime64[Y]")
    starts = years.astype("datetime64[M]") + np.timedelta64(3, "M")
    ends = (starts + np.timedelta64(12, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    before = (5e7 + b[rows] * 5e9).astype("int64")
    return pa.table(
        {
            **_keys(contracts, rows),
            "vendor": contracts["vendors"].combine_chunks().take(pa.array(rows)),
            "basis": _same("事業年度", len(rows)),
            "period_start": _dates(starts.astype("datetime64[D]")),
            "period_end": _dates(ends),
            "declared_rate": _same("2.5", len(rows)),
            "previous_total": pa.array(before, mask=blank),
            "current_total": pa.array((before * (1.026 + a[rows] / 50)).astype("int64"), mask=blank),
            "submitted_on": _dates(ends + (20 + c[rows] * 60).astype("timedelta64[D]"), blank=blank),
            "result": pa.array(np.where(blank, "", "達成")),
        }
    )


def _keys(contracts: pa.Table, rows: Array) -> dict[str, pa.Array]:
    return {name: contracts[name].combine_chunks().take(pa.array(rows)) for name in ("organization", "contract_id")}


def _pick(words: list[str] | tuple[str, ...], positions: Array) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(positions))


def _same(word: str, count: int) -> pa.Array:
    return pa.repeat(word, count)


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _padded(numbers: Array, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def _dates(days: Array, blank: Array | None = None) -> pa.Array:
    return pa.array(days.astype("datetime64[D]"), mask=blank)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contracts", type=int, default=10_000)
    parser.add_argument("--organizations", type=int, default=4)
    parser.add_argument("--piled", choices=("vendor", "department", "title"), default="")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    shape = Shape(chosen.contracts, chosen.organizations, chosen.piled, seed=chosen.seed)
    write(shape, chosen.folder)


if __name__ == "__main__":
    main()
