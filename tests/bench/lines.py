"""A ledger's contracts as OCDS compiled releases, one line each (about 1.6 KB): what `ocdscardinal.coverage()` reads.

The shape is pinned by the issue (shared/bench): not a byte of it may move, or the figures can no longer be compared.
``python -m tests.bench.lines CONTRACTS_CSV OUT.jsonl``
"""

import csv
import sys
from collections.abc import Mapping
from itertools import islice
from json.encoder import encode_basestring as quoted  # a string as JSON, Japanese as it is
from pathlib import Path

_METHODS = {"一般競争": "open", "指名競争": "selective"}
_MIDNIGHT = "T00:00:00+09:00"


def line(number: int, row: Mapping[str, str]) -> str:
    """One contract's release. Written as text, as a million of them through json.dumps take a minute."""
    contract, organization, title = quoted(row["contract_id"]), quoted(row["organization"]), quoted(row["title"])
    party = f'{{"id": {quoted("JP-CN-" + row["vendor_numbers"])}, "name": {quoted(row["vendors"])}'
    value = f'{{"amount": {int(row["amount"])}, "currency": "JPY"}}'
    estimate = f'{{"amount": {int(row["estimated_price"])}, "currency": "JPY"}}'
    signed, awarded = f'"{row["signed_on"]}{_MIDNIGHT}"', f'"{row["awarded_on"]}{_MIDNIGHT}"'
    return "".join(
        (
            f'{{"ocid": {quoted("ocds-jp0000-" + row["contract_id"])}, "id": "{number}", "date": {signed}, ',
            '"tag": ["compiled"], "language": "ja", "initiationType": "tender", ',
            f'"buyer": {{"id": {organization}, "name": {organization}}}, ',
            f'"parties": [{party}, "roles": ["supplier", "tenderer"]}}, ',
            f'{{"id": {organization}, "name": {quoted(row["department"])}, "roles": ["buyer"]}}], ',
            f'"tender": {{"id": {contract}, "title": {title}, "status": "complete", ',
            f'"procurementMethod": "{_METHODS.get(row["method"], "direct")}", ',
            f'"procurementMethodDetails": {quoted(row["method"])}, "value": {estimate}, ',
            f'"numberOfTenderers": {int(row["bidders"] or 1)}, ',
            f'"tenderPeriod": {{"startDate": "{row["procured_on"]}{_MIDNIGHT}", "endDate": {awarded}}}}}, ',
            f'"bids": {{"details": [{{"id": "1", "status": "valid", "date": {awarded}, ',
            f'"tenderers": [{party}}}], "value": {value}}}]}}, ',
            f'"awards": [{{"id": "1", "status": "active", "date": {awarded}, "value": {value}, ',
            f'"suppliers": [{party}}}], "items": [{{"id": "1", "description": {title}, ',
            f'"classification": {{"scheme": "JP", "id": {quoted(row["category"])}}}}}]}}], ',
            f'"contracts": [{{"id": {contract}, "awardID": "1", "status": "active", "dateSigned": {signed}, ',
            f'"value": {value}, "period": {{"startDate": "{row["starts_on"]}{_MIDNIGHT}", ',
            f'"endDate": "{row["ends_on"]}{_MIDNIGHT}"}}}}]}}\n',
        )
    )


def write(contracts: Path, out: Path) -> None:
    """The lines of a contracts.csv."""
    with contracts.open(newline="", encoding="utf-8") as source, out.open("w", encoding="utf-8") as target:
        rows = enumerate(csv.DictReader(source))
        while part := [line(number, row) for number, row in islice(rows, 10_000)]:
            target.writelines(part)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
