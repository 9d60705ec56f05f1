"""Registers with their columns in any order, titles above, notes below, headings broken over rows: no row lost, none made up."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.intake import (
    forms_cells,
    forms_headings,
    forms_offices,
    forms_rows,
    forms_sheet,
    forms_vendors,
    forms_words,
)
from monitor.intake.cells import CellError
from monitor.intake.forms_headings import Head
from monitor.intake.forms_piece import Memory
from monitor.intake.forms_sheet import Sheetwide
from monitor.intake.forms_vocabulary import Role
from monitor.intake.rows import Row
from monitor.intake.sheets import Batch, Record

HEADINGS = {
    Role.TITLE: [
        "件名",
        "契約名称",
        "工事の名称",
        "物品役務等の名称\n及び数量",
        "契約案件の名称",
        "調達件名",
        "業 務 名",
    ],
    Role.DATE: ["契約締結日", "契約日", "契約年月日", "契約を締結した日", "締結日", "契約締結年月日"],
    Role.VENDOR: [
        "契約の相手方の商号又は名称及び住所",
        "受注者",
        "契約業者名",
        "契約相手方",
        "契約の相手方の氏名及び住所",
        "請負者名",
    ],
    Role.AMOUNT: ["契約金額", "契約金額\n（円）", "契約額(税込)", "契約価格", "契約金額（税込み）"],
    Role.ESTIMATE: ["予定価格", "予定価格(円)", "予定価格（税込）"],
    Role.NUMBER: ["法人番号", "契約の相手方の法人番号"],
    Role.METHOD: ["契約方式", "契約の方法", "入札方式", "一般競争入札・指名競争入札の別（総合評価の実施）"],
    Role.RATE: ["落札率", "落札率（％）"],
    Role.BIDDERS: ["応札・応募者数", "入札参加者数", "応札者数（者）"],
    Role.REMARKS: ["備考", "摘要"],
    Role.DEPARTMENT: ["担当課", "所属", "契約担当課", "部署名"],
}
CELLS = {
    Role.TITLE: st.sampled_from(["庁舎清掃業務", "道路補修工事", "複写機の賃貸借", "電算機　一式"]),
    Role.DATE: st.one_of(
        st.dates(date(2012, 4, 1), date(2026, 3, 31)),
        st.dates(date(2019, 5, 1), date(2026, 3, 31)).map(
            lambda day: f"令和{day.year - 2018}年{day.month}月{day.day}日"
        ),
        st.integers(41000, 46000),
    ),
    Role.VENDOR: st.sampled_from(
        ["株式会社模擬商会\n東京都港区芝1-2-3", "㈲架空", "公益財団法人模擬会　大阪府大阪市北区1-2"]
    ),
    Role.AMOUNT: st.one_of(st.integers(10**5, 10**9), st.integers(10**5, 10**9).map("{:,}円".format)),
    Role.ESTIMATE: st.one_of(st.integers(10**5, 10**9), st.sampled_from(["－", "非公表"])),
    Role.NUMBER: st.sampled_from([7000012050002, "7000012050002", "－"]),
    Role.METHOD: st.sampled_from(["一般競争入札", "指名競争入札", "随意契約"]),
    Role.RATE: st.sampled_from([0.95, "－", "98.1%"]),
    Role.BIDDERS: st.one_of(st.integers(1, 30), st.just("－")),
    Role.REMARKS: st.sampled_from(["", "－", "変更あり"]),
    Role.DEPARTMENT: st.sampled_from(["総務課", "土木部道路課"]),
}
NEEDED = (Role.TITLE, Role.DATE, Role.VENDOR, Role.AMOUNT)
ABOVE = st.lists(
    st.sampled_from([[], ["随意契約に係る情報の公表"], ["令和6年度第１四半期分"], ["", "（別紙様式１）"]]), max_size=4
)
BELOW = st.lists(
    st.sampled_from([[], ["※公益法人の区分において、「公財」は…"], ["", "（注）各欄の配置を変更することができる。"]]),
    max_size=4,
)


@st.composite
def registers(draw):
    """(roles in the order of the columns, the sheet, the rows that are contracts)."""
    more = draw(st.sets(st.sampled_from([role for role in HEADINGS if role not in NEEDED])))
    roles = draw(st.permutations([*NEEDED, *sorted(more)]))
    headings = [draw(st.sampled_from(HEADINGS[role])) for role in roles]
    rows = [[draw(CELLS[role]) for role in roles] for _ in range(draw(st.integers(0, 5)))]
    spaced = [line for row in rows for line in ([row, []] if draw(st.booleans()) else [row])]
    return roles, [*draw(ABOVE), headings, *spaced, *draw(BELOW)], rows


def records(rows):
    return [Record(line, list(row)) for line, row in enumerate(rows, 1)]


@settings(deadline=None, max_examples=150)
@given(registers())
def test_whatever_the_order_of_the_columns_each_is_found_and_no_row_is_lost(register):
    roles, sheet, rows = register
    head = forms_headings.find(records(sheet))
    assert isinstance(head, Head)
    assert {role: roles[at] for role, at in head.roles.items()} == {role: role for role in roles}
    wide = Sheetwide(head, "M", strict=False)
    below = [record for record in records(sheet) if record.line > head.last and forms_sheet.is_row(wide, record)]
    assert [record.cells for record in below] == rows
    made = [forms_rows.read(wide, record) for record in below]
    assert all(isinstance(row, Row) for row in made), made
    for row, cells in zip(made, rows, strict=True):
        amount = str(cells[roles.index(Role.AMOUNT)]).replace(",", "").removesuffix("円")
        assert str(row.values["amount"]) == amount
        assert row.values["vendors"].split("\n")[0] in ("株式会社模擬商会", "(有)架空", "公益財団法人模擬会")
    ids = [row.values["contract_id"] for row in made]
    assert len(set(ids)) == len(ids)


@settings(deadline=None, max_examples=60)
@given(registers())
def test_rows_read_together_are_those_read_one_by_one(register):
    _, sheet, _ = register
    head = forms_headings.find(records(sheet))
    wide, alone = (Sheetwide(head, "M", strict=False) for _ in range(2))
    below = [record for record in records(sheet) if record.line > head.last and forms_sheet.is_row(wide, record)]
    batch = Batch([record.line for record in below], [record.cells for record in below])
    together = forms_rows.InOrder(iter([forms_rows.Reader(wide).blocks(batch, range(len(below)), {})]))
    assert list(together) == [forms_rows.read(alone, record) for record in below]


_PRINTED = st.one_of(
    st.integers(-5, 10**18),
    st.floats(-5, 1e17, allow_nan=False),
    st.integers(0, 10**17).map(float),
    st.booleans(),
    st.none(),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["", " ", "－", "1,234,567円", "1,234,567", "12,34円", "0円", "007", " 5円", "@2,520円ほか", "税抜 5円", "非公表"]),
    st.sampled_from(["清掃業務", "清掃　業務", "複写機（単価契約）", "予定総額 5,000円", "#N/A", "ー", "a\u200bb", " 甲", "甲 ", "x" * 1100]),
    st.text("0123456789,円@税単－ 甲\n", max_size=12),
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.data(), st.booleans(), st.sampled_from(["", "（単位：千円）", "※金額は税抜"]))
def test_what_is_read_at_a_glance_is_what_reading_with_care_finds(data, estimated, above):
    headings = ["件名", "契約日", "相手方", "契約金額", "備考", *(["予定価格"] if estimated else [])]
    head = forms_headings.find(
        records([["", above], headings, ["甲", "R7.4.1", "㈱甲", 5000, "", 5000][: len(headings)]])
    )
    wide = Sheetwide(head, "M", strict=False)
    for kind in forms_rows.KINDS:
        cells = tuple(data.draw(_PRINTED) if role in head.roles else None for role in kind.roles)
        said = kind.glance(wide, cells) if bool not in map(type, cells) else None
        if said is not None:
            assert said == Memory(wide, kind).one(cells)._replace(failures=())
            assert not Memory(wide, kind).one(cells).failures


@settings(deadline=None, max_examples=60)
@given(registers(), st.data())
def test_a_heading_broken_over_two_rows_is_one_heading(register, data):
    roles, sheet, rows = register
    at = next(n for n, row in enumerate(sheet) if len(row) == len(roles) and row and row not in rows)
    cut = {n: data.draw(st.integers(1, max(len(cell) - 1, 1))) for n, cell in enumerate(sheet[at])}
    broken = [sheet[at][n][: cut[n]] for n in range(len(roles))], [sheet[at][n][cut[n] :] for n in range(len(roles))]
    head = forms_headings.find(records([*sheet[:at], *broken, *sheet[at + 1 :]]))
    assert isinstance(head, Head)
    assert {role: roles[n] for role, n in head.roles.items() if role in NEEDED} == {role: role for role in NEEDED}


@settings(deadline=None, max_examples=300)
@given(
    st.text(
        alphabet=st.sampled_from(
            "株式会社模擬①②代表者構成員共同企業体理事長　 \n（）()法人番号7000012050002東京都港区芝町1-2他者外ほか、円@,年月日令和元～－‐"
        ),
        max_size=60,
    )
)
def test_no_cell_breaks_the_reading(shown):
    for reader in (forms_cells.money, forms_cells.signed_on, forms_vendors.read, forms_cells.unit_price):
        try:
            reader(shown)
        except CellError as reason:
            assert str(reason)
    forms_offices.read(shown)
    forms_vendors.number(shown)
    forms_words.ground(shown)
    forms_words.method(shown)
    forms_words.title(shown or "x", works=True)
    forms_words.period(shown)
