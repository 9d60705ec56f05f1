"""What the cells of published registers say: amounts, dates, vendors, offices, grounds, titles."""

from datetime import date
from decimal import Decimal

import pytest

from checks import ledger
from monitor.intake import forms_cells, forms_offices, forms_vendors, forms_words, mapping_profile
from monitor.intake.cells import CellError
from monitor.intake.forms_cells import Says
from monitor.intake.reading import Reading


@pytest.mark.parametrize(
    ("cell", "yen"),
    [
        ("29,788,626円", 29788626),
        ("￥1,234,567.-", 1234567),
        ("１，２３４，５６７円（税込）", 1234567),
        ("1,234千円", 1234000),
        ("250万円", 2500000),
        (1234567.0, 1234567),
        ("(17,996,967)\n11,423,225", 17996967),  # before the change, and after it
        ("130,746,275\n（変更後）\n139,796,111", 130746275),
        ("当初 1,000,000円\n変更後 1,200,000円", 1000000),
        ("会場180,000円\n机350円/台\n3,052,698円", 3052698),  # prices with words, and the sum below them
        ("単価契約（予定総額1,000,000円）", None),
    ],
)
def test_an_amount_is_read_with_the_words_around_it(cell, yen):
    money = forms_cells.money(cell)
    assert money.whole == yen
    assert money.says is (Says.UNIT if yen is None else Says.YEN)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "－",
        "‐",
        "-",
        "非公表",
        "同種の他の契約の予定価格を類推されるおそれがあるため公表しない",
        "－（類推されるため非公表）",
        None,
    ],
)
def test_what_is_not_made_public_is_blank(cell):
    assert forms_cells.money(cell) == forms_cells.NOTHING


@pytest.mark.parametrize(
    ("cell", "says", "yen"),
    [
        ("@1,500円ほか", Says.UNIT, None),
        ("品目ごとの単価契約", Says.UNIT, None),
        ("一般検査@2,420(170人)、血圧@500(170人)", Says.UNIT, None),
        ("年23,456,400円※複数年契約", Says.YEARLY, 23456400),
        ("2,893,000/年", Says.YEARLY, 2893000),
        ("39,049,000\n（支払実績額）", Says.PAID, None),
    ],
)
def test_what_is_no_total_is_not_taken_for_one(cell, says, yen):
    money = forms_cells.money(cell)
    assert (money.says, money.whole) == (says, yen)


@pytest.mark.parametrize("cell", ["1,000円（税抜）", "abc", "1,000,000円\n2,000,000円", "△1,000円", date(2024, 4, 1)])
def test_what_could_mean_two_things_is_refused(cell):
    with pytest.raises(CellError):
        forms_cells.money(cell)


def test_thousands_are_multiplied_but_not_where_the_cell_says_yen():
    assert forms_cells.money(485.1, thousands=True).whole == 485100
    assert forms_cells.money("1,320", thousands=True).whole == 1320000
    assert forms_cells.money("1,320円", thousands=True).whole == 1320


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ("単価契約\n予定調達総額24,329,998円", 24329998),
        ("単価契約\n調達予定総額\n\\1,806,903.-\n最終支出額は1,753,653円である。", 1806903),
        ("単価契約\n単価×予定数量＝15,616,323", 15616323),
        ("スプリングビーム使用料\n（単価契約・予定総価3,650,000円）", 3650000),
        ("単価契約（契約金額18,608,782円）", 18608782),
        ("予定総額 2,000千円", 2000000),
        ("「契約金額」は予定調達総額\n令和6年度支出総額 1,115,100円", None),
        ("予定価格総額109,795,500円、最終支出額は100円", None),
        ("変更前契約金額6,076,554円", None),
    ],
)
def test_the_planned_total_is_found_where_it_is_told(said, total):
    assert forms_cells.planned_total(said) == total


@pytest.mark.parametrize(
    ("said", "is_unit"),
    [
        ("単価契約", True),
        ("@1,500", True),
        ("業務（単価）", True),
        ("一部単価契約", False),
        ("設備利用料は単価契約", False),
    ],
)
def test_a_unit_price_contract_says_so(said, is_unit):
    assert forms_cells.is_unit_price(said) is is_unit


def test_the_price_of_a_unit_price_contract():
    assert forms_cells.unit_price("＠2,520円ほか") == "2520"
    assert forms_cells.unit_price("甲 100円\n乙 200円") == ""
    with pytest.raises(CellError):
        forms_cells.unit_price("@1,624,35")


def test_a_sum_of_prices_is_no_amount():
    prices, nothing = forms_cells.money(17564.4), forms_cells.NOTHING
    assert forms_cells.is_sum_of_prices(prices, nothing, "")
    assert forms_cells.is_sum_of_prices(forms_cells.Money(Says.YEN, Decimal(3444)), nothing, "最終支出額は3,196,130円")
    assert not forms_cells.is_sum_of_prices(
        forms_cells.Money(Says.YEN, Decimal(3444000)), nothing, "最終支出額は3,196,130円"
    )


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("令和2年4月1日\n（4～6月分）", date(2020, 4, 1)),
        ("(平成31年1月25日)\n平成31年3月31日", date(2019, 1, 25)),
        ("令和元年９月９日", date(2019, 9, 9)),
        ("H26. 3.31", date(2014, 3, 31)),
        (date(2020, 4, 1), date(2020, 4, 1)),
    ],
)
def test_of_two_dates_the_earlier_is_that_of_the_signing(cell, day):
    assert forms_cells.signed_on(cell) == day


def test_a_day_that_there_is_not_is_refused():
    with pytest.raises(CellError):
        forms_cells.signed_on("令和2年2月30日")


# --- vendors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "names", "places", "numbers"),
    [
        ("公益財団法人\n模擬研究所\n東京都江東区深川2-6-11\n7000012050002 ", ["公益財団法人模擬研究所"], ["東京都江東区深川2-6-11"], ["7000012050002"]),
        ("模擬センター　東京都港区赤坂3丁目3番5号", ["模擬センター"], ["東京都港区赤坂3丁目3番5号"], [""]),
        ("模擬協会、東京都文京区本駒込２‐２８‐４５", ["模擬協会"], ["東京都文京区本駒込２‐２８‐４５"], [""]),
        ("公益財団法人模擬財団／東京都渋谷区本町1‐1‐1", ["公益財団法人模擬財団"], ["東京都渋谷区本町1‐1‐1"], [""]),
        ("株式会社模擬社東京都千代田区一ツ橋1-1-1", ["株式会社模擬社"], ["東京都千代田区一ツ橋1-1-1"], [""]),
        ("模擬薬品株式会社世 田 谷 区 代 沢5-2-1", ["模擬薬品株式会社"], ["世田谷区代沢5-2-1"], [""]),
        ("株式会社模基練馬区高野台1丁目10番6号", ["株式会社模基"], ["練馬区高野台1丁目10番6号"], [""]),
        ("公益社団法人模擬県公共嘱託登記協会\n佐賀県佐賀市城内2-11", ["公益社団法人模擬県公共嘱託登記協会"], ["佐賀県佐賀市城内2-11"], [""]),
        ("（公財）模擬会\n（東京都中央区）", ["（公財）模擬会"], ["東京都中央区"], [""]),
        ("模擬協会\n（東京都文京区本駒込2-28）\n（法人番号 7000012050002）", ["模擬協会"], ["東京都文京区本駒込2-28"], ["7000012050002"]),
        ("財団法人模擬協会\n東京都港区西新橋\n3-13-3", ["財団法人模擬協会"], ["東京都港区西新橋3-13-3"], [""]),
        ("東京都千代田区神田1-1\n公益財団法人模擬機構\n理事長　模擬　花子", ["公益財団法人模擬機構"], ["東京都千代田区神田1-1"], [""]),
        ("公益財団法人模擬会理事長\n模擬　太郎\n東京都千代田区神田1-1", ["公益財団法人模擬会"], ["東京都千代田区神田1-1"], [""]),
        ("公益財団法人模擬会理事長　模擬　太郎\n東京都港区1-1", ["公益財団法人模擬会"], ["東京都港区1-1"], [""]),
        ("㈱模擬 代表取締役社長 模擬 太郎 東京都港区芝1-2-3", ["(株)模擬"], ["東京都港区芝1-2-3"], [""]),
        ("株式会社模擬　東京支店\n東京都港区1-1", ["株式会社模擬 東京支店"], ["東京都港区1-1"], [""]),
        ("・㈱甲\n・㈱乙", ["(株)甲", "(株)乙"], ["", ""], ["", ""]),
        (
            "①甲協会\n②乙センター\n①東京都中央区明石町1-1\n②山口県下関市永田本町2-7",
            ["甲協会", "乙センター"], ["東京都中央区明石町1-1", "山口県下関市永田本町2-7"], ["", ""],
        ),
        ("設計共同体\n公益財団法人甲　他1者\n東京都中央区1-9", ["設計共同体", "公益財団法人甲"], ["", "東京都中央区1-9"], ["", ""]),
        (
            "共同提案体\n公益財団法人甲所\n東京都中央区1-1\n公益財団法人乙協会\n東京都豊島区2-2",
            ["共同提案体", "公益財団法人甲所", "公益財団法人乙協会"], ["", "東京都中央区1-1", "東京都豊島区2-2"], ["", "", ""],
        ),
        (
            "甲・乙特定建設工事共同企業体\n代表者　株式会社甲組\n東京都港区芝1-1\n構成員　乙建設株式会社\n（7000012050002）",
            ["甲・乙特定建設工事共同企業体", "株式会社甲組", "乙建設株式会社"], ["", "東京都港区芝1-1", ""], ["", "", "7000012050002"],
        ),
    ],
)  # fmt: skip
def test_a_vendors_cell_is_taken_apart(cell, names, places, numbers):
    found = forms_vendors.read(cell)
    assert [*found.names] == names
    assert [*found.addresses] == places
    assert [*found.numbers] == numbers


def test_a_vendor_that_is_not_made_public():
    assert forms_vendors.read("個人のため非公表").hidden == "個人"
    assert forms_vendors.read("個人").hidden == "個人"
    assert forms_vendors.read("非公表").hidden == "秘密"


def test_a_number_with_a_digit_too_few_is_refused():
    with pytest.raises(CellError, match="12桁"):
        forms_vendors.read("模擬協会\n（法人番号 010005019116）")


def test_a_column_of_numbers_holds_them_in_many_dresses():
    assert forms_vendors.number("（法人番号　7000012050002）") == "7000012050002"
    assert forms_vendors.number("7000012050002\n7000012050002 ") == "7000012050002\n7000012050002"
    assert forms_vendors.number("－") == ""


# --- offices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "office"),
    [
        ("支出負担行為担当官\n模擬局会計課長　模擬　太郎\n東京都千代田区霞が関0-0-0", "模擬局会計課"),
        ("分任支出負担行為担当官模擬総合事務局那覇港湾事務所長　模擬　太郎", "模擬総合事務局那覇港湾事務所"),
        (
            "分任支出負担行為担当官　\n模擬地方整備局\n模擬川河川事務所長　長谷部　智久\n模擬市1-1",
            "模擬地方整備局 模擬川河川事務所",
        ),
        ("模擬　太郎　契約部長", "契約部"),
        ("分任契約担当者\n経理部契約室長\n模擬太郎\n東京都千代田区四番町5-3", "経理部契約室"),
        ("模擬労働局総務部\n支出負担行為担当官\n木幡　模擬\nさいたま市中央区新都心１１－２", "模擬労働局総務部"),
        ("支出負担行為担当官　模擬庁長官　模擬　太郎", "模擬庁"),
        ("模擬整備局副局長　服部　太郎", "模擬整備局"),
        ("独立行政法人模擬機構\n模擬センタ‐所長　模擬　太郎", "独立行政法人模擬機構 模擬センター"),
        ("契約担当役　理事　模擬　太郎", ""),
        (
            "模擬本省　千代田区霞が関０－０－０　支出負担行為担当官　模擬省大臣官房会計課長　模擬太郎",
            "模擬本省 模擬省大臣官房会計課",
        ),
        (
            "中部模擬局　名古屋市中区三の丸０－５－２ 支出負担行為担当官　中部模擬局総務部長　模擬　太郎",
            "中部模擬局総務部",
        ),
        ("模擬県庁　模擬県模擬市本町0-0-0", "模擬県庁"),
        ("模擬防衛局長\n模擬　太郎\n模擬市1-1\nさいたま新都心合同庁舎２号館", "模擬防衛局"),
    ],
)
def test_an_office_is_named_without_the_person(cell, office):
    assert forms_offices.read(cell) == office


# --- grounds, methods, titles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("会計法第２９条の３第４項\n予決令第１０２条の４第３号\n本業務は…", "29条の3第4項"),
        ("会計法第２９条３の第４項の随意契約を行う", "29条の3第4項"),
        ("会計法第29条の3第4項（緊急の必要により競争に付することができない）", "29条の3第4項(緊急)"),
        ("落札者がないため。（会計法第29条の3第5項，予決令第99条の2）", "99条の2"),
        ("会計法第29条の3第5項\n予算決算及び会計令第99条第2号（少額随契）", "99条2号"),
        ("予決令第99条第16号の2", "99条16号の2"),
        ("地方自治法施行令第１６７条の２第１項第２号", "2号"),
        ("第２号", "2号"),
        ("契約の性質が競争を許さないため、契約事務規程第三十八条第1項第1号を適用", "契約事務規程38条第1項第1号"),
        ("緊急", "緊急"),
        ("特殊技術かつ多角的視点や解析等が必要不可欠な業務であるため", None),
        ("－", None),
    ],
)
def test_the_ground_is_the_provision_that_is_named(said, code):
    assert forms_words.ground(said) == code


@pytest.mark.parametrize(
    ("said", "method"),
    [
        ("一般競争入札\n（総合評価方式）", "一般競争"),
        ("制限付一般競争入札", "一般競争"),
        ("簡易公募型指名競争\n(総合評価方式)", "指名競争"),
        ("簡易公募型競争契約", "指名競争"),
        ("随意契約（企画競争）", "企画競争"),
        ("公募型プロポーザル", "企画競争"),
        ("随意契約(公募)", "公募"),
        ("不落随意契約", "随意契約"),
        ("オープンカウンター", "随意契約"),
        ("せり売り", "せり売り"),
        ("一般", "一般競争"),
        ("一般（電子）", "一般競争"),
        ("指名", "指名競争"),
        ("指名型プロポーザル", "企画競争"),
        ("随契", "随意契約"),
        ("随意", "随意契約"),
        ("公募型", "公募"),
        ("その他", None),
        ("一般廃棄物", None),
    ],
)
def test_the_method_is_read_from_its_words(said, method):
    assert forms_words.method(said) == method
    assert mapping_profile.choice(ledger.CONTRACTS.by_name["method"], said) == method  # a mapping says the same


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("随意契約（２号）", "2号"),
        ("随意契約\n（第1号）", "1号"),
        ("随契第五号該当", "5号"),
        ("３号随契", "3号"),
        ("随意契約（地方自治法施行令第167条の2第1項第2号）", "2号"),
        ("随意契約", None),
        ("随意契約（特命）", None),
        ("一般競争入札（２号）", None),
    ],
)
def test_the_ground_stands_beside_the_method(said, code):
    assert forms_words.ground_of_method(said) == code


def test_a_row_of_a_sole_source_form_is_one_unless_it_is_marked():
    assert (
        forms_words.sole_source_method("公募を実施したところ、応募者がいなかったため。（会計法第29条の3第4項）")
        == "随意契約"
    )
    assert forms_words.sole_source_method("会計法第29条の3第4項（企画競争）") == "企画競争"
    assert forms_words.sole_source_method("会計法第29条の3第4項（公募）") == "公募"


def test_a_title_of_works_has_place_period_and_kind():
    found = forms_words.title(
        "模擬川整備\n検討業務\n模擬市本町地内\nH31.4.9～R2.2.28\n土木関係建設コンサルタント業務", works=True
    )
    assert (found.title, found.site) == ("模擬川整備 検討業務", "模擬市本町地内")
    assert (found.starts_on, found.ends_on) == (date(2019, 4, 9), date(2020, 2, 28))
    assert found.category == "設計・調査・測量"


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("清掃業務\n一式", "清掃業務"),
        ("放射性医薬品の\n購入・廃棄", "放射性医薬品の購入・廃棄"),
        ("親子教室事業\n親子いけばな教室", "親子教室事業 親子いけばな教室"),
        ("健康診断\n8,700人", "健康診断"),
        ("使用料\n（単価契約・予定総価3,650,000円）", "使用料"),
    ],
)
def test_a_title_is_one_line_without_its_quantity(printed, title):
    assert forms_words.title(printed, works=False).title == title


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("平成25年11月12日から平成26年2月12日まで", (date(2013, 11, 12), date(2014, 2, 12))),
        ("H26.2.1～H26. 3.31", (date(2014, 2, 1), date(2014, 3, 31))),
        ("R01.7.4.～R02.1.31", (date(2019, 7, 4), date(2020, 1, 31))),
        ("H31.4.18～Ｈ2.3.13", (None, None)),  # 令和 written as 平成: it does not hold together
        ("令和6年3月31日まで", (None, date(2024, 3, 31))),
        ("2024/4/1～", (date(2024, 4, 1), None)),
        ("60日間", (None, None)),
    ],
)
def test_a_period_is_two_days_or_none(said, days):
    assert forms_words.period(said) == days


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("工事", "工事"),
        ("土木一式工事", "工事"),
        ("建設コンサルタント等", "設計・調査・測量"),
        ("賃貸借", "物件の借入れ"),
        ("役務", "業務委託"),
        ("物品", "物品購入"),
        ("A", None),
    ],
)
def test_a_kind_of_work_is_a_category(said, category):
    assert forms_words.category(said) == category


def test_a_sum_that_no_database_holds_is_a_failure_and_no_traceback():
    reading = Reading(ledger.CONTRACTS, 2)
    reading.derive("estimated_price", 10**20, "100,000,000,000,000,000,000円")
    assert "estimated_price" not in reading.values
    assert [failure.reason for failure in reading.failures] == [
        "「100,000,000,000,000,000,000円」は数として大きすぎます。"
    ]
