"""Japanese text as a person reads it."""

import pytest

from checks import words, yen


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("株式会社甲乙", "(株)甲乙"),
        ("㈱甲乙", "(株)甲乙"),
        ("（株）　甲乙", "(株)甲乙"),
        ("甲乙株式会社", "甲乙(株)"),
        ("エヌ・ティ・ティ・コミュニ ケーションズ(株)", "エヌ・ティ・ティ・コミュニケーションズ(株)"),
        ("ｴｽ･ﾋﾞｰ㈲", "エス・ビー(有)"),
    ],
)
def test_a_company_is_compared_without_width_spaces_and_written_out_forms(written, compared):
    assert words.company(written) == compared


def test_a_legal_form_before_the_name_and_one_after_it_stay_different():
    assert words.company("㈱甲乙") != words.company("甲乙㈱")


def test_latin_words_keep_their_space_and_hyphens_close_up():
    assert words.mend("One Asia Lawyers Tokyo") == "One Asia Lawyers Tokyo"
    assert words.mend("GSS G-\nNetとの 接続") == "GSS G-Netとの接続"


def test_the_long_vowel_between_katakana_is_a_letter_and_dashes_are_one():
    assert words.narrow("サーバー") == "サーバー"
    assert {words.narrow(f"A{dash}B") for dash in "‐‑‒–—−－-"} == {"A-B"}


def test_invisible_marks_do_not_tell_names_apart():
    assert words.narrow("辻\ufe00商店\u200b") == "辻商店"


@pytest.mark.parametrize("written", ["(2)キ", "（２）ｷ", "(2) キ", "⑵キ"])
def test_a_ground_is_read_tolerant_of_width(written):
    assert words.code(written) == "(2)キ"


def test_the_kanji_that_ocr_reads_for_the_katakana_ka_is_ka():
    assert words.code("(2)力") == "(2)カ" != words.code("(2)キ")


def test_yen_are_cut_off_and_never_rounded_up():
    assert yen.exact(1_234_567) == "1,234,567円"
    assert [yen.rough(amount) for amount in (9_999, 1_299_999, 128_409_999, 200_000_000)] == [
        "9,999円", "129万円", "1億2,840万円", "2億円",
    ]  # fmt: skip


def test_a_ratio_is_cut_off_and_never_rounded_across_a_limit():
    assert yen.percent(10_000_001, 20_000_000, 2) == "50.00"
    assert yen.percent(9_999_999, 20_000_000, 2) == "49.99"
    assert yen.percent(2, 3) == "66.6"


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("㈱甲乙 東京支店", "(株)甲乙"),
        ("株式会社甲乙東京支店", "(株)甲乙"),
        ("甲乙㈱丙丁営業所", "甲乙(株)"),
        ("㈱甲乙 東京支店 営業第二課", "(株)甲乙"),
        ("㈱甲乙 大阪オフィス", "(株)甲乙"),
        ("㈱甲乙 東京支店長 模擬氏名", "(株)甲乙"),
        ("㈱大阪ガス大阪支店", "(株)大阪ガス"),
        ("㈱甲乙　代表取締役　模擬氏名", "(株)甲乙"),
        ("代表者：㈱甲乙", "(株)甲乙"),
        ("（構成員）㈱甲乙", "(株)甲乙"),
    ],
)
def test_an_office_and_who_signs_are_the_company(written, compared):
    assert words.company(written) == compared


@pytest.mark.parametrize(
    "name", ["(株)日本オフィス", "(株)関東支社", "東京オフィス", "(株)丙丁支店", "(株)代表企画", "(株)甲乙事業所"]
)
def test_a_name_that_only_looks_like_an_office_stays(name):
    assert words.company(name) == name


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("㈱サ一バ一", "(株)サーバー"),
        ("公益財団法人日本ユ‐スリ‐ダ‐協会", "(公財)日本ユースリーダー協会"),
        ("口ーソン㈱", "ローソン(株)"),
        ("二ッポン㈱", "ニッポン(株)"),
        ("メ力トロ二クス㈱", "メカトロニクス(株)"),
        ("へルスケア㈱", "ヘルスケア(株)"),
        ("甲乙エ業㈱", "甲乙工業(株)"),
        ("川ロ建設㈱", "川口建設(株)"),
        ("模擬電カ㈱", "模擬電力(株)"),
        ("㈱髙﨑渡邉", "(株)高崎渡辺"),
        ("㈱АВС", "(株)ABC"),
    ],
)
def test_letters_that_terminals_and_ocr_confuse_are_one(written, compared):
    assert words.company(written) == words.company(compared)


@pytest.mark.parametrize(
    "name",
    [
        "(株)第一",
        "三菱HCキャピタル(株)",
        "エヌ・ティ・ティ(株)",
        "八千代工業(株)",
        "二口製作所",
        "へいわ堂",
        "(株)一力",
    ],
)
def test_letters_in_their_own_place_stay(name):
    assert words.company(name) == name


@pytest.mark.parametrize(
    "written",
    ["兵庫県神戸市中央区三宮町1-4-9", "神戸市中央区三宮町一丁目4番9号", "神戸市中央区三宮町１－４－９　模擬ビル5階"],
)
def test_an_address_is_compared_down_to_the_house(written):
    assert words.address(written) == "神戸市中央区三宮町1-4-9"


def test_an_address_without_a_number_names_no_single_place():
    assert words.address("東京都港区") == words.address("") == ""
