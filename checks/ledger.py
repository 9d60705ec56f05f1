"""The tables of the ledger interchange format (version 1): one definition for reading, storing and judging.

Adding a column here is all it takes for intake to read it; the store needs a migration beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a cell holds, and with it the dtype of the column."""

    TEXT = "text"  # one line or many
    LINES = "lines"  # several values, one to a line: vendors, numbers, addresses, items
    YEN = "yen"  # integer yen, tax included
    COUNT = "count"
    PERCENT = "percent"  # 2.5 means 2.5%; kept as exact decimal text
    DATE = "date"
    YES_NO = "yes_no"
    NUMBER_13 = "number_13"  # 法人番号, check digit verified; one to a line where there are several


@dataclass(frozen=True)
class Column:
    """One column: its canonical name, its Japanese heading and what it holds."""

    name: str
    heading: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)  # another word → the choice that it means
    longest: int = 1000  # characters; a longer cell goes to quarantine
    also: tuple[str, ...] = ()  # other headings it is known by


@dataclass(frozen=True)
class Table:
    """One table: its columns and the columns that identify a row, together with the organization."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    by_organization: bool = True
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})


CONTRACT, AMENDMENT, TOTAL = "契約", "変更", "総額"
OPEN, DESIGNATED, PROPOSAL, PUBLIC_CALL, SOLE, AUCTION = (
    "一般競争",
    "指名競争",
    "企画競争",
    "公募",
    "随意契約",
    "せり売り",
)
CATEGORIES = (
    "工事", "設計・調査・測量", "施設修繕", "製造", "物品購入", "物品修繕", "物件の借入れ",
    "財産の売払い", "物件の貸付け", "業務委託", "その他",
)  # fmt: skip

_MEDIA = dict.fromkeys(
    ("ホームページ", "HP", "市HP", "ウェブサイト", "市ウェブサイト", "Web", "WEB", "インターネット"), "ウェブ"
)
_D, _Y, _B, _L = Kind.DATE, Kind.YEN, Kind.YES_NO, Kind.LINES
_ORGANIZATION = Column("organization", "機関コード", required=True, longest=64)
_CONTRACT = Column("contract_id", "契約番号", required=True, longest=128)

ORGANIZATIONS = Table(
    "organizations",
    (),
    (
        _ORGANIZATION,
        Column("name", "機関名", required=True, longest=200),
        Column("rulebook", "規程", required=True, longest=64),
    ),
)

CONTRACTS = Table(
    "contracts",
    ("contract_id",),
    (
        _ORGANIZATION,
        _CONTRACT,
        Column("row_kind", "行区分", choices=(CONTRACT, AMENDMENT, TOTAL)),
        Column("bureau", "部局"),
        Column("department", "担当部署"),
        Column("title", "契約名称", required=True),
        Column("category", "契約分類", choices=CATEGORIES),
        Column("method", "契約方式", choices=(OPEN, DESIGNATED, PROPOSAL, PUBLIC_CALL, SOLE, AUCTION)),
        Column("ground", "随意契約理由", longest=200),
        Column("procured_on", "調達実施日", _D),
        Column("procured_by", "調達実施期限", _D),
        Column("invited_on", "申込誘引日", _D),
        Column("awarded_on", "落札決定日", _D, also=("相手方決定日", "落札決定日(相手方決定日)")),
        Column("signed_on", "契約締結日", _D, required=True),
        Column("starts_on", "履行開始日", _D),
        Column("ends_on", "履行期限", _D),
        Column("design_price", "設計金額", _Y),
        Column("estimated_price", "予定価格", _Y),
        Column("amount", "契約金額", _Y),
        Column("annual_amount", "年額", _Y),
        Column("commitment_amount", "支出負担行為予定金額", _Y),
        Column("unit_price", "単価契約", _B),
        Column("unit_price_yen", "単価", longest=64),  # may have a fraction: kept as text, never summed
        Column("planned_quantity", "予定数量", longest=64),
        Column("construction_related", "建設工事に伴う", _B),
        Column("account", "会計区分"),
        Column("publication_exemption", "公表除外理由"),
        Column("specific_procurement", "特定調達区分", choices=("物品", "建設", "技術", "その他")),
        Column("separation_policy", "分離・分割発注方針", _B),
        Column("quote_waiver", "見積省略理由"),
        Column("low_bid_investigated", "低入札調査"),
        Column("original_estimate", "当初予定価格", _Y),
        Column("original_award", "当初落札額", _Y),
        Column("tender_rounds", "入札回数", Kind.COUNT),
        Column("bidders", "応札者数", Kind.COUNT),
        Column("quotes", "見積者数", Kind.COUNT),
        Column("vendors", "契約の相手方", _L, also=("契約の相手方の名称",)),
        Column("vendor_numbers", "法人番号", Kind.NUMBER_13),
        Column("addresses", "所在地", _L, also=("契約の相手方の所在地",)),
        Column("nondisclosure", "非公表区分", choices=("個人", "秘密")),
        Column("base_contract_id", "既契約番号", longest=128),
        Column("parent_contract_id", "親契約番号", longest=128),
        Column("change_of", "変更元契約番号", longest=128),
        Column("amount_after_change", "変更後契約金額", _Y),
        Column("cancelled_on", "取消日", _D),
        Column("site", "履行場所"),
        Column("deposit", "契約保証金"),
        Column("score_points", "賃上げ加点", longest=64),
        Column("remarks", "備考", longest=20_000),
    ),
)

PUBLICATIONS = Table(
    "publications",
    ("contract_id", "kind", "medium"),
    (
        _ORGANIZATION,
        _CONTRACT,
        Column("kind", "公表区分", choices=("見通し", "締結前", "結果"), required=True),
        Column(
            "medium", "公表方法", choices=("閲覧", "ウェブ", "契約公報", "窓口", "官報"), meant=_MEDIA
        ),  # blank = ウェブ
        Column("published_on", "公表日", _D),
        Column("withdrawn_on", "掲載終了日", _D),
        Column("url", "url", longest=2000, also=("URL",)),
        Column("items", "公表項目", _L),
    ),
)

SUBCONTRACTS = Table(
    "subcontracts",
    ("contract_id", "subcontract_id"),
    (
        _ORGANIZATION,
        _CONTRACT,
        Column("subcontract_id", "再請負番号", required=True, longest=128),
        Column("subcontractor", "再請負先"),
        Column("subcontractor_number", "法人番号", Kind.NUMBER_13),
        Column("tier", "次数", Kind.COUNT),  # 1 = 再請負, 2 = 再々請負 …; blank = 1
        Column("amount", "再請負金額", _Y),
        Column("scope", "業務範囲"),
        Column("clerical", "事務的業務", _B),
        Column("core", "主たる部分", _B),
        Column("requested_on", "申請日", _D),
        Column("approved_on", "承認日", _D),
        Column("deemed_approval", "承認みなし", _B),
        Column("changed_on", "変更日", _D),
        Column("change_approved_on", "変更承認日", _D),
        Column("notified_on", "届出日", _D),
        Column("reported_on", "確定報告日", _D),
        Column("starts_on", "着手日", _D),
        Column("ended_on", "終了日", _D),
    ),
)

WAGE_DECLARATIONS = Table(
    "wage_declarations",
    ("contract_id", "vendor", "period_end"),
    (
        _ORGANIZATION,
        _CONTRACT,
        Column("vendor", "相手方", required=True),
        Column("basis", "区分", choices=("事業年度", "暦年")),
        Column("period_start", "期間開始日", _D),
        Column("period_end", "期間終了日", _D, required=True),
        Column("required_rate", "基準率", Kind.PERCENT),
        Column("declared_rate", "表明率", Kind.PERCENT),
        Column("previous_total", "前年給与総額", _Y),
        Column("current_total", "当年給与総額", _Y),
        Column("instructed_due", "提出期限", _D),
        Column("submitted_on", "提出日", _D),
        Column("documents", "提出書類", _L),
        Column("result", "確認結果", choices=("達成", "未達成", "逸脱", "未提出")),
        Column("confirmed_on", "確認日", _D),
    ),
)

EVENTS = Table(
    "events",
    ("contract_id", "event", "reference", "occurred_on"),
    (
        _ORGANIZATION,
        _CONTRACT,
        Column("event", "事象", required=True, choices=(
            "契約書提出", "納入", "期限延長", "完了通知", "検査", "合格通知", "請求", "請求書返送", "支払", "部分払請求", "部分払",
        )),
        Column("occurred_on", "日付", _D, required=True),
        Column("amount", "金額", _Y),
        Column("quantity", "数量", longest=64),
        Column("reference", "整理番号", longest=128),
    ),
)  # fmt: skip

VENDOR_SANCTIONS = Table(
    "vendor_sanctions",
    ("vendor", "vendor_number", "kind", "starts_on"),
    (
        Column("vendor", "相手方", required=True),
        Column("vendor_number", "法人番号", Kind.NUMBER_13),
        Column("kind", "区分", choices=("指名停止", "参加資格制限", "減点", "排除", "名簿登載"), required=True),
        Column("starts_on", "開始日", _D, required=True),
        Column("ends_on", "終了日", _D),
        Column("authority", "決定機関"),
    ),
    by_organization=False,  # shared by all organizations
)

SAME, OTHER = "同一", "別"

VENDOR_DECISIONS = Table(
    "vendor_decisions",
    ("vendor", "vendor_number", "other_vendor", "other_number"),
    (
        _ORGANIZATION,
        Column("vendor", "相手方", required=True),
        Column("vendor_number", "法人番号", Kind.NUMBER_13),
        Column("other_vendor", "他方の相手方", required=True),
        Column("other_number", "他方の法人番号", Kind.NUMBER_13),
        Column("decision", "名寄せの判断", choices=(SAME, OTHER)),  # blank: taken back
        Column("decided_on", "判断日", _D),
        Column("decided_by", "氏名", longest=100),
        Column("reason", "理由", longest=2000),
    ),
)  # what a person has said of two vendors whose names are alike (checks/twins.py proposes them)

REGISTER_ROWS = Table(  # 公表簿: what the office has published of its contracts, as it was printed
    "register_rows",
    ("entry",),
    (
        _ORGANIZATION,
        Column("entry", "掲載番号", longest=128),  # identifies a row through all editions; made by intake where blank
        Column(
            "register", "公表簿", required=True
        ),  # where the file has no such column, the file and sheet that listed it last
        Column("contract_id", "契約番号", longest=128),  # blank where the register prints none
        Column("row_kind", "行区分", choices=(CONTRACT, AMENDMENT, TOTAL)),
        Column("department", "担当部署"),
        Column("title", "契約名称", required=True),
        Column("category", "契約分類", choices=CATEGORIES),
        Column("method", "契約方式", choices=(OPEN, DESIGNATED, PROPOSAL, PUBLIC_CALL, SOLE, AUCTION)),
        Column("ground", "随意契約理由", longest=200),
        Column("signed_on", "契約締結日", _D, required=True),
        Column("estimated_price", "予定価格", _Y),
        Column("amount", "契約金額", _Y),
        Column("unit_price", "単価契約", _B),
        Column("vendors", "契約の相手方", _L, also=("契約の相手方の名称",)),
        Column("vendor_numbers", "法人番号", Kind.NUMBER_13),
        Column("nondisclosure", "非公表区分", choices=("個人", "秘密")),
        Column(
            "medium", "公表方法", choices=("閲覧", "ウェブ", "契約公報", "窓口", "官報"), meant=_MEDIA
        ),  # blank = ウェブ
        Column("published_on", "公表日", _D),  # the earliest that any edition says
        Column("edition_on", "最新の公表日", _D),  # of the edition that the other columns are of
        Column("dropped", "掲載なし", _B),  # the register was read again under its name, without this row
        Column("url", "url", longest=2000, also=("URL",)),
        Column("remarks", "備考", longest=20_000),
    ),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        ORGANIZATIONS,
        CONTRACTS,
        PUBLICATIONS,
        SUBCONTRACTS,
        WAGE_DECLARATIONS,
        EVENTS,
        VENDOR_SANCTIONS,
        VENDOR_DECISIONS,
        REGISTER_ROWS,
    )
}  # in the order in which they are read

JAPANESE: Mapping[str, str] = {
    "organizations": "機関",
    "contracts": "契約",
    "publications": "公表",
    "subcontracts": "再請負",
    "wage_declarations": "賃上げ表明",
    "events": "事象",
    "vendor_sanctions": "指名停止等",
    "vendor_decisions": "名寄せ",
    "register_rows": "公表簿",
}
"""The tables as people read of them, and as the sheets of a workbook are called."""
