"""The OCDS lines are those of the pinned shape, to the byte."""

import json

from tests.bench.lines import line, write

ROW = {
    "organization": "M00000",
    "contract_id": "M00000-00000001",
    "department": "水道局企画課",
    "title": '上町中学校「A\\B"C」の購入',
    "category": "物品購入",
    "method": "一般競争",
    "procured_on": "2024-09-12",
    "awarded_on": "2024-09-27",
    "signed_on": "2024-10-02",
    "starts_on": "2024-10-03",
    "ends_on": "2025-10-01",
    "estimated_price": "174000",
    "amount": "163410",
    "bidders": "3",
    "vendors": "南橋本情報(株)",
    "vendor_numbers": "6100000000158",
}
LINE = (
    '{"ocid": "ocds-jp0000-M00000-00000001", "id": "7", "date": "2024-10-02T00:00:00+09:00", "tag": ["compiled"], '
    '"language": "ja", "initiationType": "tender", "buyer": {"id": "M00000", "name": "M00000"}, "parties": [{"id": '
    '"JP-CN-6100000000158", "name": "南橋本情報(株)", "roles": ["supplier", "tenderer"]}, {"id": "M00000", "name": '
    '"水道局企画課", "roles": ["buyer"]}], "tender": {"id": "M00000-00000001", "title": "上町中学校「A\\\\B\\"C」の購入", '
    '"status": "complete", "procurementMethod": "open", "procurementMethodDetails": "一般競争", "value": {"amount": '
    '174000, "currency": "JPY"}, "numberOfTenderers": 3, "tenderPeriod": {"startDate": "2024-09-12T00:00:00+09:00", '
    '"endDate": "2024-09-27T00:00:00+09:00"}}, "bids": {"details": [{"id": "1", "status": "valid", "date": '
    '"2024-09-27T00:00:00+09:00", "tenderers": [{"id": "JP-CN-6100000000158", "name": "南橋本情報(株)"}], "value": '
    '{"amount": 163410, "currency": "JPY"}}]}, "awards": [{"id": "1", "status": "active", "date": '
    '"2024-09-27T00:00:00+09:00", "value": {"amount": 163410, "currency": "JPY"}, "suppliers": [{"id": '
    '"JP-CN-6100000000158", "name": "南橋本情報(株)"}], "items": [{"id": "1", "description": '
    '"上町中学校「A\\\\B\\"C」の購入", "classification": {"scheme": "JP", "id": "物品購入"}}]}], "contracts": [{"id": '
    '"M00000-00000001", "awardID": "1", "status": "active", "dateSigned": "2024-10-02T00:00:00+09:00", "value": '
    '{"amount": 163410, "currency": "JPY"}, "period": {"startDate": "2024-10-03T00:00:00+09:00", "endDate": '
    '"2025-10-01T00:00:00+09:00"}}]}\n'
)


def test_one_row_literally():
    assert line(7, ROW) == LINE
    assert json.dumps(json.loads(LINE), ensure_ascii=False) + "\n" == LINE


def test_without_competition_there_is_one_tenderer():
    tender = json.loads(line(0, ROW | {"method": "随意契約", "bidders": ""}))["tender"]
    assert (tender["procurementMethod"], tender["numberOfTenderers"]) == ("direct", 1)


def test_a_file_is_its_rows_in_order(tmp_path):
    text = ",".join(ROW) + "\n" + "\n".join(",".join(ROW.values()).replace('\\B"', "") for _ in range(2)) + "\n"
    (tmp_path / "contracts.csv").write_text(text, encoding="utf-8")
    write(tmp_path / "contracts.csv", tmp_path / "out.jsonl")
    written = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(each)["id"] for each in written] == ["0", "1"]
