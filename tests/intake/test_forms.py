"""Published registers, whatever their headings: which column is which, which row is a contract, whose it is."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from monitor.importing import import_path
from monitor.intake import files, forms, layouts
from monitor.intake.how import How
from monitor.intake.rows import BadRow, Row, Unreadable
from monitor.place import Place
from monitor.settings import Settings
from monitor.store import corrections, quarantine
from tests import support
from tests.intake.forms import (
    AMOUNT,
    DATE,
    ESTIMATE,
    FORM,
    METHOD,
    OFFICER,
    PRINTED,
    TITLE,
    VENDOR,
    WORKS,
    book,
    one,
    printed,
    read,
    refused,
    text,
)

ABOVE = [["公共調達の適正化について（平成18年８月25日付財計第2017号）に基づく随意契約に係る情報の公表"], []]
BELOW = [
    ["", "※公益法人の区分において、「公財」は、「公益財団法人」をいう。"],
    ["（注）必要があるときは、各欄の配置を変更することができる。"],
    [],
    ["", "", "", "", "", "", "", "", "", "公財", "国認定"],
    ["", "", "", "", "", "", "", "", "", "公社", "都道府県認定"],
]


def quarantined(tmp_path, **more):
    good, [bad], _ = read(book(tmp_path / "bad.xlsx", [FORM, printed(**more)]), organization="M")
    assert not good
    return bad


# --- a form of 財計第2017号 ------------------------------------------------------------------------------------------


def test_a_form_is_read_whatever_stands_above_and_below_it(tmp_path):
    path = book(tmp_path / "r6.xlsx", [*ABOVE, FORM, [], printed(), *BELOW], ["A1:K1"])
    [row], bad, bodies = read(path)
    assert not bad
    assert bodies == [{"organization": "総務省", "name": "総務省", "rulebook": "national"}]
    values = dict(row.values)
    assert values.pop("contract_id").startswith("20240401-")
    assert values == {
        "organization": "総務省",
        "department": "模擬局会計課",
        "title": "模擬庁舎清掃業務 一式",
        "signed_on": date(2024, 4, 1),
        "method": "随意契約",
        "ground": "29条の3第4項",
        "amount": 1234567,
        "unit_price": None,
        "estimated_price": None,
        "vendors": "株式会社模擬商会",
        "addresses": "東京都港区芝1-2-3",
        "vendor_numbers": "7000012050002",
        "nondisclosure": None,
        "remarks": None,
    }
    assert row.original["ground"] == PRINTED[FORM[6]].strip()
    assert row.original["vendors"] == PRINTED[VENDOR]
    assert row.original["estimated_price"] == "－"


def test_the_person_who_signs_is_only_in_what_is_kept_of_the_row(tmp_path):
    row = one(tmp_path)
    assert "太郎" not in "".join(str(value) for value in row.values.values())
    assert "太郎" in row.other[OFFICER]


def test_works_by_competition(tmp_path):
    headings = ("支出元府省", WORKS, OFFICER, DATE, VENDOR, VENDOR + "\n（平成26年11月時点）", METHOD, ESTIMATE, AMOUNT)
    title = "模擬川堰管理業務\n模擬川堰外４箇所\n2013/04/01～2015/03/31\n土木関係建設コンサルタント業務"
    row = one(
        tmp_path,
        [headings, ["国土交通省", title, PRINTED[OFFICER], date(2013, 3, 29), "社団法人模擬会\n模擬県模擬市1-1",
                    "一般社団法人模擬会", "一般競争入札\n（総合評価方式）", 109242000, 106050000]],
    )  # fmt: skip
    told = ("title", "site", "starts_on", "ends_on", "category", "method", "vendors", "estimated_price")
    assert [row.values[name] for name in told] == [
        "模擬川堰管理業務", "模擬川堰外４箇所", date(2013, 4, 1), date(2015, 3, 31), "設計・調査・測量", "一般競争", "社団法人模擬会",
        109242000,
    ]  # fmt: skip
    assert "ground" not in row.values  # no such column: unknown, not blank
    assert row.other["契約の相手方の商号又は名称及び住所 （平成26年11月時点）"] == "一般社団法人模擬会"


def test_a_category_that_no_form_tells_is_unknown(tmp_path):
    assert "category" not in one(tmp_path).values


@pytest.mark.parametrize(
    "cell", [date(2020, 4, 1), 43922, "令和2年4月1日", "R2.4.1", "2020/4/1", "令和2年4月1日\n（4～6月分）"]
)
def test_a_date_in_any_dress(tmp_path, cell):
    assert one(tmp_path, DATE=cell).values["signed_on"] == date(2020, 4, 1)


@pytest.mark.parametrize("cell", [9010005011405.0, "9010005011405", "（法人番号 9010005011405）", "9010005011405 \n"])
def test_a_number_in_any_dress(tmp_path, cell):
    assert one(tmp_path, NUMBER=cell).values["vendor_numbers"] == "9010005011405"


def test_a_number_for_one_of_several_is_not_given_to_another(tmp_path):
    venture = "共同企業体代表者　模擬商事株式会社\n構成員　公益社団法人模擬協会\n東京都港区1-1"
    assert one(tmp_path, VENDOR=venture).values["vendor_numbers"] is None
    rows = [[*FORM, "公益法人の区分"], [*printed(VENDOR=venture), "公社"]]
    assert one(tmp_path, rows).values["vendor_numbers"] == "\n\n7000012050002"


def test_a_unit_price_contract_has_its_planned_total(tmp_path):
    row = one(
        tmp_path, AMOUNT=8155, ESTIMATE=9091, REMARKS="単価契約\n予定調達総額\n\\12,551,678-\n最終支出額は11,704,272円"
    )
    assert (row.values["amount"], row.values["unit_price"]) == (12551678, True)
    assert row.values["estimated_price"] is None  # that of the prices
    assert (row.original["amount"], row.original["estimated_price"]) == ("8155", "9091")


def test_a_unit_price_contract_without_a_total_has_no_amount(tmp_path):
    row = one(tmp_path, AMOUNT="@2,520円ほか", REMARKS="単価契約")
    assert (row.values["amount"], row.values["unit_price"], row.values["unit_price_yen"]) == (None, True, "2520")


def test_a_yearly_amount_is_no_total(tmp_path):
    row = one(tmp_path, AMOUNT="年23,456,400円※複数年契約")
    assert (row.values["amount"], row.values["annual_amount"]) == (None, 23456400)


def test_what_was_paid_is_not_what_was_contracted(tmp_path):
    row = one(tmp_path, AMOUNT="39,049,000\n（支払実績額）", REMARKS="118800000\n（契約当初金額）")
    assert row.values["amount"] == 118800000
    assert one(tmp_path, AMOUNT="支払実績総額\n2,494,782円").values["amount"] is None


def test_a_vendor_that_is_not_disclosed(tmp_path):
    row = one(tmp_path, VENDOR="個人のため非公表", NUMBER="－")
    assert (row.values["vendors"], row.values["nondisclosure"]) == (None, "個人") if "vendors" in row.values else True
    assert row.values["nondisclosure"] == "個人"


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "heading", "reason"),
    [
        ({"DATE": "４月１日"}, DATE, "日付として読めません"),
        ({"DATE": ""}, DATE, "空欄"),
        ({"DATE": "令和2年2月30日"}, DATE, "暦にない"),
        ({"AMOUNT": "1,000円（税抜）"}, AMOUNT, "税抜"),
        ({"AMOUNT": "約48万円"}, AMOUNT, "概数"),
        ({"AMOUNT": "1,000千円程度"}, AMOUNT, "概数"),
        ({"AMOUNT": 1000, "REMARKS": "税抜"}, AMOUNT, "税抜"),
        ({"AMOUNT": "1,000円", "REMARKS": "長期継続契約。金額は消費税及び地方消費税を含まない。"}, AMOUNT, "税抜"),
        ({"AMOUNT": "1,000円", "REMARKS": "契約金額1,000円（税別）"}, AMOUNT, "税抜"),
        ({"AMOUNT": 7999999.5}, AMOUNT, "端数"),
        ({"AMOUNT": "@1,624,35"}, AMOUNT, "単価"),
        ({"ESTIMATE": "およそ百万"}, ESTIMATE, "金額として読めません"),
        ({"VENDOR": ""}, VENDOR, "相手方が空欄"),
        ({"VENDOR": "模擬会\n法人番号 10005019116"}, VENDOR, "11桁"),
        ({"NUMBER": "7000012050001"}, "法人番号", "検査数字"),
        ({"TITLE": ""}, TITLE, "名称が空欄"),
    ],
)
def test_a_row_with_a_cell_that_cannot_be_read_waits_whole(tmp_path, cell, heading, reason):
    bad = quarantined(tmp_path, **cell)
    assert (bad.table, bad.line, bad.organization) == ("contracts", 2, "M")
    assert bad.column == heading
    assert reason in bad.reason
    assert bad.cells["契約番号"]
    assert bad.cells[OFFICER] == PRINTED[OFFICER]


def test_a_row_that_waits_keeps_the_number_that_the_sheet_gave_it_and_words_that_mean_nothing_to_us(tmp_path):
    headings, cells = [*FORM, "契約番号", METHOD], [*printed(DATE="未定"), "A-1", "くじ引き"]
    good, [bad], _ = read(book(tmp_path / "x.xlsx", [headings, cells]), organization="M")
    assert not good
    assert bad.cells["契約番号（元の欄）"] == "A-1"
    assert bad.cells["契約方式（元の欄）"] == "くじ引き"
    assert bad.cells["契約番号"].startswith("日付未読")


def test_the_first_piece_of_a_row_that_a_lost_quote_has_cut_waits_and_a_note_does_not(tmp_path):
    path = text(tmp_path / "x.csv", [FORM, ["", "模擬業務"], printed(), ["※ 予定価格は非公表"], ["", "以上"]])
    good, [bad], _ = read(path, organization="M")
    assert (len(good), bad.line, "模擬業務" in bad.cells.values()) == (1, 3, True)


def test_the_key_of_a_row_that_waits_is_that_of_its_contract_or_none(tmp_path):
    number = one(tmp_path).values["contract_id"]
    assert quarantined(tmp_path, AMOUNT="税抜 1円").row_key == number
    for cell in ({"DATE": "令和6年4月31日"}, {"TITLE": ""}, {"VENDOR": ""}):
        assert quarantined(tmp_path, **cell).row_key == ""


def test_a_row_without_its_body_waits(tmp_path):
    path = book(tmp_path / "x.xlsx", [FORM, printed(MINISTRY=""), printed()])
    good, [bad], _ = read(path)
    assert len(good) == 1
    assert "どの機関" in bad.reason


def test_a_sum_is_not_a_contract_and_is_told(tmp_path):
    path = book(tmp_path / "x.xlsx", [FORM, printed(), ["合計", "", "", "", "", "", "", "", 1234567]])
    good, [bad], _ = read(path, organization="M")
    assert len(good) == 1
    assert "合計の行" in bad.reason


def test_a_comma_too_many_makes_a_row_wait_and_a_note_beside_a_table_does_not(tmp_path):
    rows = [FORM, [*printed(), "", "余り"]]
    [row], bad, _ = read(book(tmp_path / "x.xlsx", rows), organization="M")
    assert row.other["13列目"] == "余り"
    good, [bad], _ = read(text(tmp_path / "x.csv", rows), organization="M")
    assert not good
    assert "見出しの11個より多い" in bad.reason


def test_a_register_that_does_not_say_whose_it_is_asks(tmp_path):
    path = book(tmp_path / "x.xlsx", [FORM[1:], printed()[1:]])
    assert "どの機関" in refused(path)
    [row], _, bodies = read(path, organization="M")
    assert (row.values["organization"], bodies) == ("M", [])


def test_two_columns_that_claim_to_be_the_amount_are_named(tmp_path):
    path = book(tmp_path / "x.xlsx", [[*FORM, "契約金額（支所分）"], [*printed(), 2000]])
    assert "「契約金額（円）」「契約金額（支所分）」" in refused(path, organization="M")


def test_as_a_form_but_none_tells_what_was_seen(tmp_path):
    path = book(tmp_path / "x.xlsx", [["氏名", "生年月日", "住所"], ["甲", "乙", "丙"]])
    assert "「氏名」" in refused(path, layout="forms")


# --- other bodies' lists ----------------------------------------------------------------------------------------------


def test_a_heading_of_two_rows_and_thousands(tmp_path):
    rows = [
        ["令和６年度　随意契約一覧"],
        ["", "", "", "", "", "", "", "（単位：千円）"],
        ["番号", "件名", "担当課", "契約日", "契約の相手方", "", "", "契約金額", "随意契約の根拠", "備考"],
        ["", "", "", "", "名称", "住所", "法人番号", "", "", ""],
        [1, "庁舎清掃業務", "総務部 管財課", "R6.4.1", "模擬ビルサービス㈱", "模擬市本町1-2-3", 7000012050002, 1320,
         "地方自治法施行令第１６７条の２第１項第２号", ""],
        ["※　個人情報に関するものは除く。"],
    ]  # fmt: skip
    row = one(tmp_path, rows)
    told = ("title", "department", "vendors", "addresses", "vendor_numbers", "amount", "method", "ground")
    assert [row.values[name] for name in told] == [
        "庁舎清掃業務", "総務部 管財課", "模擬ビルサービス(株)", "模擬市本町1-2-3", "7000012050002", 1320000, "随意契約", "2号",
    ]  # fmt: skip


PERIOD = ["担当課", "件名", "契約の相手方", "契約日", "契約金額"]
LASTS = ["総務課", "清掃業務", "㈱青空", "R7.4.1", 5280000]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["履行期間", ""], ["自", "至"]),
        (["履行期間（自）", "履行期間（至）"], None),
        (["契約期間（始）", "契約期間（終）"], None),
        (["期間開始", "期間終了"], None),
        (["着手日", "完了日"], None),
        (["契約開始日", "契約満了日"], None),
        (["工期から", "工期まで"], None),
        (["始期", "終期"], None),
        (["履行開始年月日", "履行期限"], None),
        (["履行期間", ""], None),
    ],
)
@pytest.mark.parametrize("days", [("R7.4.2", "R8.3.31"), (date(2025, 4, 2), date(2026, 3, 31))])
def test_a_period_in_two_columns_begins_with_the_first(tmp_path, above, below, days):
    headings = [[*PERIOD, *above], *([[""] * len(PERIOD) + below] if below else [])]
    row = one(tmp_path, [["令和７年度　契約一覧"], ["", "", "（単位：円）"], *headings, [*LASTS, *days]])
    assert (row.values["starts_on"], row.values["ends_on"]) == (date(2025, 4, 2), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("headings", "days"),
    [
        (["入札期間（自）", "入札期間（至）", "開始日", "終了日"], ["R7.3.1", "R7.3.5", "R7.4.2", "R8.3.31"]),
        (["着手日", "履行期限", "完了日"], ["R7.4.2", "R8.3.31", "R8.3.20"]),
        (["リース期間（自）", "リース期間（至）", "保証期間（至）"], ["R7.4.2", "R8.3.31", "R12.3.31"]),
        (["保証期間（至）", "履行期間", "至"], ["R12.3.31", "R7.4.2", "R8.3.31"]),
    ],
)
def test_what_else_has_a_first_and_a_last_day_is_not_the_period(tmp_path, headings, days):
    row = one(tmp_path, [[*PERIOD, *headings], [*LASTS, *days]])
    assert (row.values["starts_on"], row.values["ends_on"]) == (date(2025, 4, 2), date(2026, 3, 31))


def test_the_end_of_a_period_alone_is_no_beginning(tmp_path):
    row = one(tmp_path, [[*PERIOD, "履行期間（至）"], [*LASTS, "R8.3.31"]])
    assert (row.values["starts_on"], row.values["ends_on"]) == (None, date(2026, 3, 31))


def test_a_title_above_the_table_is_no_part_of_a_heading(tmp_path):
    for title in (
        ["令和７年度　契約一覧"],
        ["", "契約金額の一覧", "（単位：円）"],
        ["随意契約の相手方と契約金額の一覧"],
    ):
        row = one(tmp_path, [title, [*PERIOD, "電子契約"], [*LASTS, "済"]])
        assert (row.values["amount"], row.other) == (5280000, {"電子契約": "済"})


def test_a_note_below_the_heading_is_no_part_of_it(tmp_path):
    note = ["※公益法人の区分において、「公財」は「公益財団法人」をいう。"]
    row = one(tmp_path, [[*PERIOD], note, note, LASTS])
    assert row.values["department"] == "総務課"


def test_a_list_of_works_of_a_prefecture(tmp_path):
    rows = [
        ["工事名", "工事場所", "工期", "業種", "入札方式", "契約年月日", "契約業者名", "予定価格(税込)", "請負金額(税込)", "入札参加者数", "所属"],
        ["（１）", "（２）", "（３）", "（４）", "（５）", "（６）", "（７）", "（８）", "（９）", "（10）", "（11）"],
        ["市道１号線改良工事", "模擬市本町地内", "R6.5.1～R6.12.20", "土木一式工事", "制限付一般競争入札", 45413,
         "甲・乙特定建設工事共同企業体\n代表者　株式会社甲建設\n構成員　乙土木株式会社", 99000000, 95700000, "5者", "道路課"],
    ]  # fmt: skip
    row = one(tmp_path, rows)
    told = (
        "site",
        "starts_on",
        "ends_on",
        "category",
        "method",
        "signed_on",
        "vendors",
        "amount",
        "bidders",
        "department",
    )
    assert [row.values[name] for name in told] == [
        "模擬市本町地内", date(2024, 5, 1), date(2024, 12, 20), "工事", "一般競争", date(2024, 5, 1),
        "甲・乙特定建設工事共同企業体\n株式会社甲建設\n乙土木株式会社", 95700000, 5, "道路課",
    ]  # fmt: skip


def test_a_csv_file_of_a_town_in_cp932(tmp_path):
    rows = [
        ["件名", "契約日", "受注者", "契約金額（税込）", "契約方法", "担当課"],
        ["道路補修（その１）", "2024/4/5", "㈱模擬建設", "1,980,000円", "随意契約", "土木課"],
        ["", "", "", "", "", ""],
    ]
    [row], bad, _ = read(text(tmp_path / "x.csv", rows, "cp932"), organization="M")
    assert not bad
    assert (row.values["method"], row.values["amount"], row.values["vendors"]) == ("随意契約", 1980000, "(株)模擬建設")


def test_a_list_as_a_pdf_gives_it(tmp_path):
    rows = [
        ["no", "name", "dept", "date", "counterparty", "amount", "reason_class"],
        ["1", "包埋装置 1台", "事務部 用度課大田区中央4-30-1", "令和4年5月18日", "模擬薬品株式会社世 田 谷 区 代 沢5-2-1", "4,200,000円", "緊急"],
    ]  # fmt: skip
    [row], _, _ = read(text(tmp_path / "x.csv", rows), organization="M")
    told = ("department", "vendors", "addresses", "method", "ground", "amount")
    assert [row.values[name] for name in told] == [
        "事務部 用度課", "模擬薬品株式会社", "世田谷区代沢5-2-1", "随意契約", "緊急", 4200000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "ground"),
    [([], "2号"), (["適用条項"], "2号"), (["適用条項", "地方自治法施行令第167条の2第1項第5号"], "5号")],
)
def test_the_ground_in_the_cell_of_the_method_gives_way_to_its_own_column(tmp_path, cells, ground):
    row = one(tmp_path, [[*PERIOD, "契約方法", *cells[:1]], [*LASTS, "随意契約（２号）", *cells[1:]]])
    assert (row.values["method"], row.values["ground"]) == ("随意契約", ground)


@pytest.mark.parametrize("heading", ["契約金額（税抜）", "税抜契約金額", "金額（税別）"])
def test_an_amount_without_tax_is_not_the_amount(tmp_path, heading):
    rows = [["件名", "契約締結日", "契約業者", heading, "備考"], ["印刷", "2024-04-01", "㈱甲", 1000000, "済"]]
    good, [bad], _ = read(book(tmp_path / "x.xlsx", rows), organization="M")
    assert not good
    assert (bad.column, bad.value) == (heading, "1000000")
    assert "税抜の金額です" in bad.reason


def test_an_amount_without_tax_beside_the_one_with_it_is_kept(tmp_path):
    rows = [["件名", "契約締結日", "契約業者", "契約金額（税込）", "契約金額（税抜）"]]
    row = one(tmp_path, [*rows, ["印刷", "2024-04-01", "㈱甲", 1100000, 1000000]])
    assert (row.values["amount"], row.other) == (1100000, {"契約金額（税抜）": "1000000"})


def test_amounts_without_tax_are_told_above_the_table(tmp_path):
    rows = [["契約一覧", "", "", "（単位：円、税抜）"], ["件名", "契約締結日", "契約業者", "契約金額"]]
    [bad] = read(book(tmp_path / "x.xlsx", [*rows, ["印刷", "2024-04-01", "㈱甲", 1000]]), organization="M")[1]
    assert "税抜の金額です" in bad.reason


@pytest.mark.parametrize(
    "remarks",
    ["予定価格は税抜", "税抜 1,122,334円", "単価は税抜", "契約金額は税込（入札金額は税抜）", "消費税は含まれている"],
)
def test_what_else_is_without_tax_says_nothing_of_the_amount(tmp_path, remarks):
    assert one(tmp_path, REMARKS=remarks).values["amount"] == 1234567


def test_a_second_table_with_other_headings_below_the_first(tmp_path):
    second = [DATE, TITLE, AMOUNT, VENDOR, OFFICER]
    rows = [FORM, printed(), [], second, [date(2024, 5, 1), "別の業務", 99, "模擬会", ""]]
    good, bad, _ = read(book(tmp_path / "x.xlsx", rows), organization="M")
    assert not bad
    assert [(row.line, row.values["title"]) for row in good] == [(2, "模擬庁舎清掃業務 一式"), (5, "別の業務")]


def test_the_heading_again_is_no_row(tmp_path):
    good, bad, _ = read(book(tmp_path / "x.xlsx", [FORM, printed(), FORM, printed(TITLE="別")]), organization="M")
    assert (len(good), bad) == (2, [])


def test_lists_for_drop_downs_are_not_read(tmp_path):
    path = book(
        tmp_path / "x.xlsx",
        [FORM, printed()],
        sheets=[("リスト", [["公財", "国認定"], ["公社", "都道府県認定"]], True)],
    )
    good, _, _ = read(path, organization="M")
    assert len(good) == 1


# --- which tables are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        ["公告日", "件名", "開札日", "入札参加資格", "問合せ先"],
        ["氏名", "生年月日", "住所", "電話番号"],
        ["品名", "数量", "単価", "金額"],
        ["支払日", "支払先", "件名", "支払金額", "予算科目"],
        ["契約番号", "契約名称", "契約締結日", "契約の相手方", "契約金額"],  # ours
        ["機関コード", "件名", "契約締結日", "契約の相手方", "契約金額"],
        ["契約番号", "公表区分", "公表方法", "公表日"],
        ["番号", "判断", "理由", "期限", "氏名"],
    ],
)
def test_a_table_of_another_kind_is_not_taken_for_a_register(tmp_path, headings):
    [sheet] = files.sheets(text(tmp_path / "x.csv", [headings, ["x"] * len(headings)]))
    assert not forms.recognise(sheet)


# --- numbers, bodies, the store ------------------------------------------------------------------------------------------


def test_a_number_stays_when_the_register_is_published_again(tmp_path):
    before = one(tmp_path, AMOUNT=1).values["contract_id"]
    assert one(tmp_path, AMOUNT=2, ESTIMATE=5, REMARKS="変更").values["contract_id"] == before
    assert one(tmp_path, TITLE="別の業務").values["contract_id"] != before


def test_two_contracts_that_say_the_same_are_two(tmp_path):
    good, _, _ = read(book(tmp_path / "x.xlsx", [FORM, printed(), printed(AMOUNT=5)]), organization="M")
    first, second = (row.values["contract_id"] for row in good)
    assert second == f"{first}-2"


def test_a_body_is_the_same_with_and_without_its_legal_form_and_number(tmp_path):
    heading = "支出元独立行政法人の名称及び法人番号"
    names = [
        "独立行政法人\n模擬機構\n（7000012050002）",
        "模擬機構 法人番号7000012050002",
        "国立研究開発法人　模擬機構",
    ]
    rows = [["所管府省", heading, *FORM[1:]]] + [["総務省", name, *printed(TITLE=name)[1:]] for name in names]
    path = book(tmp_path / "x.xlsx", rows)
    good, bad, bodies = read(path)
    assert {row.values["organization"] for row in good} == {"模擬機構"}
    assert (bad, bodies) == ([], [])  # whose rulebook it is nobody says
    _, _, bodies = read(path, rulebook="national")
    assert bodies == [{"organization": "模擬機構", "name": "独立行政法人模擬機構", "rulebook": "national"}]
    assert good[0].other["所管府省"] == "総務省"


def stored(place: Place, path, **how):
    done = import_path(place, path, How(**how), lambda *_: None)
    assert not done.unreadable
    return {part.table: part.counts for part in done.parts}


@pytest.fixture
def place(engine):
    return support.place(engine, Settings())


def test_the_same_register_again_changes_nothing_and_a_longer_one_adds(place, tmp_path):
    rows = [FORM, printed(), printed(TITLE="別の業務"), printed(AMOUNT="税抜 1円")]
    path = book(tmp_path / "x.xlsx", rows)
    first = stored(place, path)["contracts"]
    assert (first.read, first.added, first.quarantined) == (3, 2, 1)
    again = stored(place, path)["contracts"]
    assert (again.added, again.changed, again.unchanged, again.quarantined) == (0, 0, 2, 1)
    longer = book(tmp_path / "y.xlsx", [FORM, printed(AMOUNT=7), *rows[2:], printed(TITLE="新しい業務")])
    later = stored(place, longer)["contracts"]
    assert (later.added, later.changed, later.unchanged) == (1, 1, 1)


def test_a_body_that_the_ledger_knows_keeps_its_rulebook(place, tmp_path):
    support.store(place.engine, organizations=[{"organization": "総務省", "name": "総務省本省", "rulebook": "saitama"}])
    stored(place, book(tmp_path / "x.xlsx", [FORM, printed()]))
    with place.engine.connect() as connection:
        [(name, rulebook)] = connection.exec_driver_sql("SELECT name, rulebook FROM organizations").all()
    assert (name, rulebook) == ("総務省本省", "saitama")


def test_a_body_whose_rulebook_is_not_known_waits_for_it(place, tmp_path):
    path = book(tmp_path / "x.xlsx", [FORM, printed(MINISTRY="模擬県")])
    assert stored(place, path)["contracts"].quarantined == 1
    assert stored(place, path, rulebook="prefecture")["contracts"].added == 1


def test_a_row_that_was_mended_is_read_as_any_other(place, tmp_path):
    stored(place, book(tmp_path / "x.xlsx", [FORM, printed(AMOUNT="税抜 1円")]))
    with place.engine.connect() as connection:
        made = corrections.workbook(corrections.shapes(connection, quarantine.waiting(connection)), date(2026, 7, 5))
    path = tmp_path / "直し.xlsx"
    path.write_bytes(made)
    changed = openpyxl.load_workbook(path)
    [cell] = [cell for row in changed.worksheets[0].iter_rows() for cell in row if cell.value == "税抜 1円"]
    cell.value = "110"
    changed.save(path)
    assert stored(place, path)["contracts"].added == 1
    with place.engine.connect() as connection:
        assert quarantine.waiting(connection) == []
        [(amount, title)] = connection.exec_driver_sql("SELECT amount, title FROM contracts").all()
    assert (amount, title) == (110, "模擬庁舎清掃業務 一式")


def test_whatever_is_asked_for_there_is_an_answer(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert all(isinstance(item, Unreadable | Row | BadRow) for item in layouts.read(path, How(layout="forms")))


# --- rows in places where no row should be, and merged cells ----------------------------------------------------------


def test_rows_above_the_heading_are_quarantined_and_a_title_is_not(tmp_path):
    above = [["作成日", "令和6年6月1日"], printed()[:2], printed()]
    good, bad, _ = read(book(tmp_path / "a.xlsx", [["一覧"], *above, FORM, printed()]), organization="M")
    assert [row.line for row in good] == [6]
    assert [row.line for row in bad] == [2, 3, 4]
    assert "見出し（5行目）より上にある行です" in bad[1].reason
    assert "1,234,567円" in bad[2].cells.values()
    title = [["一覧"], ["作成日", "令和6年6月1日"], ["件数", 3, "金額", "1,000円"]]
    good, bad, _ = read(book(tmp_path / "b.xlsx", [*title, FORM, printed()]), organization="M")
    assert ([row.line for row in good], bad) == ([5], [])


def test_a_row_cut_short_is_quarantined_and_a_line_that_names_a_part_of_the_list_is_not(tmp_path):
    parts = [["", "【本省】"], ["", "大臣官房会計課"], ["", "以　上"], ["", "以下余白"]]
    rows = [FORM, *parts[:2], printed(), ["総務省", "模擬システム保守　一式"], ["", "模擬庁舎警備　一式"], *parts[2:]]
    good, bad, _ = read(book(tmp_path / "a.xlsx", rows), organization="M")
    assert [row.line for row in good] == [4]
    assert [(row.line, row.reason.split("（")[0]) for row in bad] == [
        (5, "契約を締結した日が空欄です。"),
        (6, "契約を締結した日が空欄です。"),
    ]


def test_what_is_merged_over_rows_holds_for_each_of_them(tmp_path):
    rows = [
        ["一覧"],
        FORM,
        printed(),
        printed(MINISTRY="", TITLE="模擬警備", OFFICER="", DATE="", GROUND="", AMOUNT=500),
    ]
    merged = ("A3:A4", "C3:C4", "D3:D4", "G3:G4")
    good, bad, bodies = read(book(tmp_path / "a.xlsx", rows, merged))
    assert not bad
    assert [body["organization"] for body in bodies] == ["総務省"]
    first, second = (row.values for row in good)
    for name in ("organization", "signed_on", "department", "method", "ground"):
        assert second[name] == first[name] is not None
    assert (first["amount"], second["amount"], second["title"]) == (1_234_567, 500, "模擬警備")


def test_an_amount_merged_over_rows_is_one_amount(tmp_path):
    rows = [FORM, printed(), printed(AMOUNT="", VENDOR="株式会社架空\n東京都港区芝9-9-9")]
    good, bad, _ = read(book(tmp_path / "a.xlsx", rows, ("I2:I3",)), organization="M")
    assert [(row.line, row.values["amount"]) for row in good] == [(2, 1_234_567)]
    assert [row.line for row in bad] == [3]
    assert "契約金額のセルが2行目と結合されています" in bad[0].reason


def test_a_row_printed_over_two_is_one(tmp_path):
    merged = [f"{column}2:{column}3" for column in "ABCDEFGHIJK"]
    good, bad, _ = read(book(tmp_path / "a.xlsx", [FORM, printed()], merged), organization="M")
    assert ([row.line for row in good], bad) == ([2], [])


def test_a_blank_cell_that_is_not_merged_says_nothing(tmp_path):
    good, bad, _ = read(text(tmp_path / "a.csv", [FORM, printed(), printed(MINISTRY="")]))
    assert [row.line for row in good] == [3]
    assert "どの機関の契約か読めません" in bad[0].reason


MERGED = (
    [
        ["一覧"],
        FORM,
        printed(),
        printed(MINISTRY="", TITLE="模擬警備", OFFICER="", DATE="", GROUND="", AMOUNT=500),
        printed(TITLE="模擬除草"),
        printed(TITLE="模擬除草", AMOUNT="", VENDOR="株式会社架空\n東京都港区芝9-9-9"),
    ],
    ("A3:A4", "C3:C4", "D3:D4", "G3:G4", "I5:I6"),
)
REGISTER_XLS = Path(__file__).parent / "workbooks" / "register.xls"  # the same, by LibreOffice


def test_merged_cells_of_an_xls_say_the_same_as_those_of_an_xlsx(tmp_path):
    good, bad, bodies = read(REGISTER_XLS)
    assert ([row.line for row in good], [row.line for row in bad]) == ([3, 4, 5], [6])
    assert "契約金額のセルが5行目と結合されています" in bad[0].reason
    told = [row.values | {"contract_id": ""} for row in good]
    other, refused, ministries = read(book(tmp_path / "register.xlsx", *MERGED))
    assert told == [row.values | {"contract_id": ""} for row in other]
    assert ([row.reason for row in bad], bodies) == ([row.reason for row in refused], ministries)
