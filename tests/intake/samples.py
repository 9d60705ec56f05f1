"""A small ledger in every layout, as grids of cells: what the fuzzer spoils. The names are those of the registry, and one more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from monitor.intake import awards, decisions, jlis_rows
from monitor.intake.how import How

Grid = list[list[Any]]


@dataclass(frozen=True)
class Sample:
    """Makes sheet name → cells; each row bears a mark (the given beginning, three digits, Z) in a cell that is kept as it is."""

    make: Callable[[Random, str], dict[str, Grid]]
    files: Sequence[str] = ("text", "xlsx")
    separator: str = ","
    how: How = field(default_factory=lambda: How(organization="X"))


def _day(random: Random) -> date:
    return date(2025, 4, 1) + timedelta(days=random.randrange(300))


def _date(random: Random) -> Any:
    """A day as an office writes it."""
    day = _day(random)
    return random.choice(
        [day, day.isoformat(), f"令和7年{day.month}月{day.day}日" if day.year == 2025 else day, f"{day:%Y/%m/%d}"]
    )


def _yen(random: Random) -> Any:
    yen = random.randrange(1000, 90_000_000)
    return random.choice([yen, float(yen), f"{yen:,}", f"￥{yen:,}", str(yen)])


def _rows(random: Random, mark: str, row: Callable[[str], list[Any]]) -> Grid:
    return [row(f"{mark}{number:03d}Z") for number in range(random.randint(1, 12))]


def interchange_(random: Random, mark: str) -> dict[str, Grid]:
    """Two or three tables of the interchange format."""

    def contract(own: str) -> list[Any]:
        return [
            "X",
            own,
            f"模擬業務{own}",
            _date(random),
            _yen(random),
            _yen(random),
            "随意契約",
            "1号",
            "(株)模擬",
            "7123456789012",
            "備考",
        ]

    def event(own: str) -> list[Any]:
        return ["X", own, "検査", _date(random), _yen(random), own]

    def declared(own: str) -> list[Any]:
        return ["X", own, "(株)模擬", _date(random), random.choice([3, "3%", 0.03, "1.5"])]

    tables = {
        "contracts": [
            [
                "機関コード",
                "契約番号",
                "契約名称",
                "契約締結日",
                "予定価格",
                "契約金額",
                "契約方式",
                "随意契約理由",
                "契約の相手方",
                "法人番号",
                "備考",
            ],
            *_rows(random, mark, contract),
        ],
        "events": [
            ["機関コード", "契約番号", "事象", "日付", "金額", "整理番号"],
            *_rows(random, f"{mark[:-1]}8R", event),
        ],
        "wage_declarations": [
            ["機関コード", "契約番号", "相手方", "期間終了日", "表明率"],
            *_rows(random, f"{mark[:-1]}9R", declared),
        ],
    }
    return dict(random.sample(list(tables.items()), random.randint(1, 3)))


def awards_(random: Random, mark: str) -> dict[str, Grid]:
    """調達ポータル 落札実績."""

    def award(own: str) -> list[Any]:
        winner = random.choice([("株式会社模擬", "7123456789012"), ("模擬・見本共同企業体", "")])
        return [
            f"{random.randrange(10**18):019d}",
            f"模擬業務{own}",
            _day(random).isoformat(),
            f"{random.randrange(10**8)}.00",
            random.choice(["Q2", "S1"]),
            "8002010",
            *winner,
        ]

    return {awards.NAME: _rows(random, mark, award)}


def decisions_(random: Random, mark: str) -> dict[str, Grid]:
    """An answered workbook, of findings that there are not."""

    def answer(own: str) -> list[Any]:
        code = "".join(random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=8))
        return [f"PB-{code}", 1, "容認", f"理由{own}", _date(random), "模擬"]

    return {"確認事項": [["番号", decisions.REVISION, "判断", "理由", "期限", "氏名"], *_rows(random, mark, answer)]}


def jlis_(random: Random, mark: str) -> dict[str, Grid]:
    """The register of J-LIS: lines of cells divided by tabs, a title above, a note below."""

    def numbered(pair: tuple[int, str]) -> list[Any]:
        number, own = pair
        return [
            str(number),
            "模擬部",
            f"模擬業務{own}",
            "R7.4.1",
            "(株)模擬",
            "東京都千代田区1",
            "2,000,000",
            "1,900,000",
            "随意契約",
            "(2)キ",
        ]

    marks = [f"{mark}{number:03d}Z" for number in range(random.randint(1, 12))]
    return {
        "r7": [
            ["令和7年度契約実績の公表"],
            [],
            list(jlis_rows.HEADINGS),
            *map(numbered, enumerate(marks, 1)),
            [],
            ["※1 注"],
        ]
    }


def forms_(random: Random, mark: str) -> dict[str, Grid]:
    """A register as ministries publish it (財計第2017号)."""

    def contract(own: str) -> list[Any]:
        return [f"模擬業務{own}\n一式", "支出負担行為担当官 模擬局長 東京都千代田区1", _date(random), "株式会社模擬\n東京都港区1", "7123456789012",
                "会計法第29条の3第4項", _yen(random), _yen(random), "95.0%", "－"]  # fmt: skip

    headings = ["物品役務等の名称及び数量", "契約担当官等の氏名並びにその所属する部局の名称及び所在地", "契約を締結した日", "契約の相手方の商号又は名称及び住所", "法人番号",
                "随意契約によることとした会計法令の根拠条文及び理由", "予定価格", "契約金額", "落札率", "備考"]  # fmt: skip
    return {"様式": [["公共調達の適正化について"], [], headings, *_rows(random, mark, contract)]}


def mapped(random: Random, mark: str) -> dict[str, Grid]:
    """An office's own table, which no layout knows and office.toml reads."""

    def contract(own: str) -> list[Any]:
        return [f"模擬業務{own}", _date(random), _yen(random), "(株)模擬", "所見"]

    return {"一覧": [["件名", "契約日", "契約額（税込）", "業者", "所見"], *_rows(random, mark, contract)]}


MAPPED = "mapping"  # no layout of the registry: what is left for a mapping file
SAMPLES: Mapping[str, Sample] = {
    "awards": Sample(awards_, how=How()),
    "decisions": Sample(decisions_),
    "forms": Sample(forms_),
    "interchange": Sample(interchange_),
    "jlis": Sample(jlis_, separator="\t"),
    MAPPED: Sample(mapped, how=How(organization="X", mapping=Path(__file__).parent / "office.toml")),
}
