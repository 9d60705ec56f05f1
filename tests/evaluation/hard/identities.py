"""vendor_identity: two names of one company, and two companies that look like one."""
# ruff: noqa: SIM905  # a list of words is easiest read as words; confusable letters are the point

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.evaluation import words
from tests.evaluation.book import NEAR_MISS, PLANTED, Label, Row
from tests.evaluation.hard.writing import HardBook
from tests.evaluation.others import between, office

CHECK = "vendor_identity"


@dataclass(frozen=True)
class PairLabel(Label):
    """Contracts of names that are one company or several.

    Where the names are counted as one company already, and rightly, no finding is needed, unless ``must_tell``.
    """

    same_company: bool = False
    must_tell: bool = False


def _address(book: HardBook) -> str:
    rng = book.rng
    return f"模擬県{book.area()}市{rng.choice('本町 中央 栄町 港町'.split())}{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 30)}"


def _loose(book: HardBook, address: str) -> str:
    """The same address as somebody else writes it."""
    town, *rest = address.rsplit("-", 2)
    number = f"{town[-1]}丁目{rest[0]}番{rest[1]}号" if len(rest) == 2 else ""
    return book.rng.choice(
        [address, f"{town[:-1]}{number}", words.full(address).replace("-", "－"), address.removeprefix("模擬県")]
    )


def _row(
    book: HardBook, name: str, *, number: str = "", address: str = "", signed: date | None = None, **more: Any
) -> Row:
    """An ordinary small contract of a name written exactly so."""
    day = signed or between(book, date(2024, 5, 1), date(2026, 3, 20))
    place, job = book.area(), book.rng.choice("草刈 清掃 樹木剪定 データ入力 害虫駆除 会場設営".split())
    title = f"{place}{book.rng.choice(words.PUBLIC)}{job}業務委託"
    return book.contract(office(book, day), day, title, "業務委託", book.rng.randint(30, 400) * 1100, None, site=place,
                         vendors=name, vendor_numbers=number, addresses=address, **more)  # fmt: skip


def _say(book: HardBook, slug: str, rows: list[Row], *, planted: bool, same: bool) -> None:
    ids = tuple(row["contract_id"] for row in rows)
    book.labels.append(
        PairLabel(
            CHECK,
            PLANTED if planted else NEAR_MISS,
            slug,
            ids,
            at_least="info",
            same_company=same,
            must_tell=slug == "one_number_two_names",
        )
    )


def _pair(
    book: HardBook, slug: str, one: str, other: str, *, planted: bool, same: bool, numbers: tuple[str, str] = ("", ""),
    addresses: tuple[str, str] = ("", ""), days: tuple[date | None, date | None] = (None, None),
) -> None:  # fmt: skip
    """Two names, each with a contract that is labelled; the first also has others."""
    for _ in range(book.rng.randint(0, 3)):
        if days == (None, None):
            _row(book, one, number=numbers[0], address=addresses[0])
    rows = [
        _row(book, name, number=number, address=address, signed=day)
        for name, number, address, day in zip((one, other), numbers, addresses, days, strict=True)
    ]
    _say(book, slug, rows, planted=planted, same=same)


def _number(book: HardBook) -> str:
    return book.vendor().number


def make(book: HardBook) -> None:
    """Eight planted pairs and eleven near misses."""
    rng = book.rng
    _planted(book)

    head = rng.choice(["鈴木組", "佐藤建設", "高橋工務店"])
    rows = [
        _row(
            book,
            rng.choice([f"㈱{head}", f"{head}㈱", f"有限会社{head}"]),
            number=_number(book),
            address=_address(book),
        )
        for _ in range(7)
    ]
    _say(book, "one_name_seven_numbers", rows, planted=False, same=False)

    address, house = _address(book), book.vendor().core[:2]
    names = [
        f"{house}{trade}㈱" for trade in rng.sample("商事 物流 リース 不動産 エンジニアリング 保険サービス".split(), 4)
    ]
    _say(
        book, "group_in_one_building", [_row(book, name, address=address) for name in names], planted=False, same=False
    )

    address, core = _address(book), book.vendor().core
    _pair(
        book,
        "first_and_second",
        f"㈱第一{core}",
        f"㈱第二{core}",
        planted=False,
        same=False,
        addresses=(address, _loose(book, address)),
    )
    address, core = _address(book), book.vendor().core
    _pair(
        book,
        "east_and_west",
        f"東日本{core}㈱",
        f"西日本{core}㈱",
        planted=False,
        same=False,
        addresses=(address, address),
    )

    core = book.vendor().core
    branch = f"㈱{core} {rng.choice(['東支店', '県央営業所', '北支社'])}"
    _pair(
        book, "branch_office", f"㈱{core}", branch, planted=False, same=True, addresses=(_address(book), _address(book))
    )

    old, new, since = rng.choice(
        [
            ("エヌ・ティ・ティ・コミュニケーションズ(株)", "NTTドコモビジネス(株)", date(2025, 7, 1)),
            ("日本電信電話(株)", "NTT(株)", date(2025, 7, 1)),
        ]
    )
    number, address = _number(book), _address(book)
    _pair(book, "dated_rename", old, new, planted=False, same=True, numbers=(number, number), addresses=(address, address),
          days=(between(book, date(2024, 6, 3), date(2025, 6, 20)), between(book, since, date(2026, 3, 19))))  # fmt: skip

    address, core = _address(book), book.vendor().core[:2]
    one, other = rng.choice([("工業", "興業"), ("建設", "建材"), ("電設", "電気"), ("設備", "設計")])
    _pair(book, "one_letter_two_numbers", f"㈱{core}{one}", f"㈱{core}{other}", planted=False, same=False,
          numbers=(_number(book), _number(book)), addresses=(address, address))  # fmt: skip

    address = _address(book)
    one, other = rng.choice([("㈱東亜", "㈱東洋"), ("㈱大和", "㈱大成"), ("三栄㈱", "三光㈱"), ("㈲丸一", "㈲丸二")])
    _pair(book, "short_names_one_tower", one, other, planted=False, same=False, addresses=(address, address))

    core = book.vendor().core
    _pair(
        book,
        "front_and_back_elsewhere",
        f"㈱{core}",
        f"{core}㈱",
        planted=False,
        same=False,
        addresses=(_address(book), _address(book)),
    )

    core = book.vendor().core
    one, other = rng.choice([("上", "下"), ("南", "北"), ("新", "本"), ("大", "小")])
    address = _address(book)
    _pair(
        book,
        "telling_letter",
        f"㈱{one}{core}",
        f"㈱{other}{core}",
        planted=False,
        same=False,
        addresses=(address, _loose(book, address)),
    )

    house = book.vendor().core[:2]
    people = [f"{house} {given}" for given in ("一郎", "二郎")]
    address = _address(book)
    rows = [_row(book, name, address=address, nondisclosure="個人") for name in people]
    _say(book, "two_persons_one_house", rows, planted=False, same=False)


def _planted(book: HardBook) -> None:
    rng = book.rng
    core, address = book.vendor().core, _address(book)
    at = rng.randrange(1, len(core))
    typo = rng.choice(
        [
            core[:at] + core[at] + core[at:],
            core[: at + 1] + core[at + 2 :] if at + 2 < len(core) else core[:at] + core[at] + core[at:],
        ]
    )
    _pair(
        book,
        "one_letter_at_one_address",
        f"㈱{core}",
        f"㈱{typo}",
        planted=True,
        same=True,
        addresses=(address, _loose(book, address)),
    )

    one, other = rng.choice(
        [
            ("㈱ロータリー", "㈱口ータリー"),
            ("カネコ", "力ネコ"),
            ("エイト", "工イト"),
            ("ニチワ", "二チワ"),
            ("タカラ", "夕カラ"),
            ("ハマダ", "八マダ"),
            ("トーヨー", "卜ーヨー"),
        ]
    )
    core = book.vendor().core[-2:] + str(book.area())[:1]
    _pair(book, "ocr_kana_and_kanji", f"{one}{core}㈱" if "㈱" not in one else one + core, f"{other}{core}㈱" if "㈱" not in other else other + core,
          planted=True, same=True)  # fmt: skip

    core, address = book.vendor().core, _address(book)
    _pair(
        book,
        "front_and_back_at_one_address",
        f"㈱{core}",
        f"{core}㈱",
        planted=True,
        same=True,
        addresses=(address, _loose(book, address)),
    )

    one, other, number = book.vendor(), book.vendor(), _number(book)
    _pair(
        book,
        "one_number_two_names",
        f"㈱{one.core}",
        f"㈱{other.core}",
        planted=True,
        same=True,
        numbers=(number, number),
    )

    old, new = rng.choice(
        [
            ("齋藤", "斎藤"),
            ("斉藤", "斎藤"),
            ("渡邊", "渡辺"),
            ("廣瀬", "広瀬"),
            ("髙木", "高木"),
            ("澤田", "沢田"),
            ("櫻井", "桜井"),
        ]
    )
    trade, address = book.vendor().core[2:] or "商店", _address(book)
    _pair(
        book,
        "old_letters_at_one_address",
        f"㈱{old}{trade}",
        f"㈱{new}{trade}",
        planted=True,
        same=True,
        addresses=(address, _loose(book, address)),
    )

    base = rng.choice(
        "コンピューターサービス データーセンター エレベーターサービス フーズセンター メーターテクノ".split()
    )
    core = book.vendor().core[:2]
    _pair(
        book,
        "long_vowel",
        f"㈱{core}{base}",
        f"㈱{core}{base.replace('ター', 'タ', 1) if 'ター' in base else base.replace('ー', '', 1)}",
        planted=True,
        same=True,
    )

    dotted = rng.choice("アール・アンド・エス ジェイ・アイ・ティ エヌ・エス・ケイ ピー・エム・シー".split())
    core = book.vendor().core[:2]
    _pair(
        book,
        "middle_dots",
        f"㈱{core}{dotted}",
        f"㈱{core}{dotted.replace('・', rng.choice(['', '･', ' ']))}",
        planted=True,
        same=True,
    )

    core, address, number = book.vendor().core, _address(book), _number(book)
    at = rng.randrange(0, len(core) - 1)
    typo = core[:at] + core[at + 1] + core[at] + core[at + 2 :]
    _pair(
        book,
        "swapped_letters_one_number",
        f"{core}㈱",
        f"{typo}㈱",
        planted=True,
        same=True,
        numbers=(number, ""),
        addresses=(address, address),
    )
