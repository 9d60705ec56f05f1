"""Titles without the marks that tell one piece from the next."""

import pytest

from checks import thesaurus, titles


@pytest.mark.parametrize(
    "title",
    [
        "体育館床補修工事（その1）", "体育館床補修工事 その１２", "体育館床補修工事その①", "体育館床補修工事（第2回）", "体育館床補修工事（第3工区）",
        "体育館床補修工事（A棟）", "体育館床補修工事（前期）", "体育館床補修工事（追加）", "体育館床補修工事 No.3", "令和7年度体育館床補修工事",
        "体育館床補修工事（東側）", "体育館 床補修工事", "体育館床補修工事4月分",
    ],
)  # fmt: skip
def test_branch_marks_and_years_are_no_part_of_what_is_bought(title):
    assert titles.read(title).core == "体育館床補修工事"


def test_a_title_that_is_nothing_but_a_mark_stays_what_it_is():
    assert titles.read("その1").core == "その1"
    assert titles.read("").core == ""


def test_the_site_is_no_part_of_what_is_bought():
    assert titles.read("第一小学校 渡り廊下改修工事", "第一小学校").core == "渡り廊下改修工事"
    assert titles.read("第一小学校", "第一小学校").core == "第一小学校"


def test_the_same_thing_bought_mounted_and_wired_is_one_thing():
    things = {
        titles.read(title).thing for title in ("大型モニターの購入", "大型モニター設置工事", "大型モニター電源工事")
    }
    assert things == {"大型モニター"}


def test_the_yearly_jobs_of_two_years_are_two_needs_and_a_title_without_a_year_fits_any():
    this, next_, none = (titles.read(text) for text in ("令和7年度窓清掃業務", "令和8年度窓清掃業務", "窓清掃業務"))
    assert not titles.same_need(this, next_)
    assert titles.same_need(this, none)


@pytest.mark.parametrize(
    "title", ["R7年度窓清掃業務", "Ｒ７年度分窓清掃業務", "2025年度窓清掃業務", "令和7・8年度窓清掃業務"]
)
def test_a_year_is_one_however_it_is_written(title):
    this, other = titles.read("令和7年度窓清掃業務"), titles.read(title)
    assert (other.core, titles.same_need(this, other)) == ("窓清掃業務", True)


def test_an_addition_says_so_of_itself():
    assert titles.read("側溝改修工事（追加）").added
    assert not titles.read("側溝改修工事").added


def test_likeness_is_one_for_the_same_and_none_for_strangers():
    assert titles.alike("側溝改修工事", "側溝改修工事") == 1
    assert titles.alike("側溝改修工事", "毛布購入") == 0
    assert titles.alike("甲", "乙") == 0


def test_a_word_of_the_thesaurus_means_one_thing():
    words = [word for group in thesaurus._GROUPS for word in group.split()]
    assert sorted(word for word in set(words) if words.count(word) > 1) == []


@pytest.mark.parametrize("title", ["窓口什器の購入", "病床用モニターの購入", "棚卸業務委託", "PC橋点検業務"])
def test_a_word_within_another_word_is_not_meant(title):
    assert titles.read(title).concepts == frozenset()


@pytest.mark.parametrize(
    "title",
    [
        "ロッカーの購入（中央公民館）",
        "中央公民館における ロッカー購入",
        "ロッカー 購入 中央公民館",
        "中央公民館ロッカー購入",
    ],
)
def test_a_place_is_read_wherever_it_stands(title):
    read = titles.read(title)
    assert (read.place, read.concepts) == ("中央公民館", {"ロッカー"})


@pytest.mark.parametrize("title", ["消耗品の購入", "修繕", "備品購入", "施設修繕", "事務用品の購入"])
def test_a_title_that_any_office_uses_is_generic(title):
    assert titles.read(title).generic


def test_a_place_tells_what_a_generic_title_does_not():
    assert not titles.read("第一小学校修繕").generic


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("窓口業務委託", "窓ガラス清掃"), ("外壁クラック補修", "書庫棚購入"), ("2tトラック借上げ", "移動書架購入"), ("臨床検査業務", "床清掃業務"),
        ("サインペン購入", "案内板設置"), ("車いす購入", "会議用椅子購入"), ("介護リフト購入", "エレベーター点検"), ("交通量調査", "市民意識調査"),
        ("新任研修", "救命講習"), ("PC桁補修設計", "パソコン購入"), ("棚卸業務", "書庫購入"),
    ],
)  # fmt: skip
def test_two_things_that_share_some_letters_are_two_things(one, other):
    assert not titles.read(one).concepts & titles.read(other).concepts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("庁舎清掃業務（令和7年12月分）", "庁舎清掃業務（令和8年1月分）", True),
        ("庁舎清掃業務（令和7年度）", "庁舎清掃業務（令和8年3月分）", True),
        ("庁舎清掃業務（令和8年3月分）", "庁舎清掃業務（令和8年4月分）", False),
        ("平成20年製消防車の修理", "令和元年製消防車の修理", True),
    ],
)
def test_a_month_stands_in_its_fiscal_year_and_a_year_of_make_in_none(one, other, same):
    assert titles.same_need(titles.read(one), titles.read(other)) is same
