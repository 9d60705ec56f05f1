"""The bodies: size, offices, the columns that their systems do not have, how they write."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date

from tests.evaluation.book import Shape

_BUREAUS = tuple("総務局 財政局 市民局 福祉局 子ども未来局 環境局 経済局 都市局 建設局 教育局 水道局 消防局".split())
_SECTIONS = tuple("総務課 管理課 施設課 企画課 推進課 整備課".split())
_MAY, _JULY, _AUGUST = date(2026, 5, 15), date(2026, 7, 13), date(2026, 8, 1)
_NEVER = {"publications"}  # no table of publications
_CITY_ONLY = {
    "design_price",
    "commitment_amount",
    "construction_related",
    "account",
    "specific_procurement",
    "publication_exemption",
}
_LITTLE = {
    "row_kind",
    "unit_price",
    "separation_policy",
    "parent_contract_id",
    "annual_amount",
    "tender_rounds",
    "nondisclosure",
}

SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "town", "municipality", _MAY, 210, 9, 9,
            tuple("総務課 税務課 町民課 福祉課 産業課 建設課 教育課 水道課".split()), ("",),
            hidden=frozenset(_NEVER | _CITY_ONLY | _LITTLE | {"procured_on", "estimated_price", "bureau", "vendor_numbers", "site", "ground",
                                                              "cancelled_on", "quotes", "awarded_on"}),
            wide=True, spelling="square", others=(),
        ),
        Shape(
            "city", "municipality", _MAY, 2750, 26, 26, _BUREAUS, _SECTIONS,
            hidden=frozenset(_NEVER | _CITY_ONLY), spelling="mixed", others=("limits",), seeds=3,
        ),
        Shape(
            "ward", "municipality", _MAY, 760, 11, 11,
            tuple("総務部 区民部 福祉部 健康部 環境部 都市整備部 土木部 教育委員会事務局".split()),
            tuple("庶務課 学校施設課 地域課 営繕課".split()),
            hidden=frozenset(_NEVER | _CITY_ONLY | {"bureau", "vendor_numbers", "site", "estimated_price", "nondisclosure"}),
            wide=True, spelling="mixed", others=("limits",), seeds=5,
        ),
        Shape(
            "prefecture", "prefecture", _MAY, 560, 10, 10,
            tuple("総務部 県民生活部 環境部 保健医療部 農林水産部 商工労働部 土木部 教育庁 警察本部".split()),
            tuple("総務課 施設管理課 事業課 道路保全課 情報課".split()),
            hidden=frozenset(_NEVER | _CITY_ONLY | {"bureau", "site", "awarded_on", "separation_policy"}),
            spelling="bracket", others=("limits", "chains"), seeds=4,
        ),
        Shape(
            "agency", "national", _JULY, 380, 8, 8,
            tuple("総務部 会計部 業務部 企画部 情報部 施設部 検査部 北部支局".split()), tuple("総務課 契約課 管理課 技術課".split()),
            hidden=frozenset(_CITY_ONLY | {"separation_policy", "bureau"}),
            wide=True, spelling="long", others=("limits", "state", "wages"), seeds=4,
        ),
        Shape(
            "hospital", "municipality", _MAY, 270, 9, 9,
            tuple("病院事務局 診療部 看護部 薬剤部 医療技術部 研究推進部 附属施設部 学務部".split()),
            tuple("管財課 施設課 用度課".split()),
            hidden=frozenset(_NEVER | _CITY_ONLY | _LITTLE | {"procured_on", "awarded_on", "bureau"}),
            spelling="long", others=(),
        ),
        Shape(
            "designated_city", "saitama", _AUGUST, 330, 7, 7, _BUREAUS, _SECTIONS,
            hidden=frozenset({"separation_policy"}), spelling="bracket", others=("limits", "saitama", "chains"), seeds=4,
        ),
        Shape(
            "forestry", "rinya", _JULY, 150, 4, 4,
            tuple("林政部 森林整備部 国有林野部 東部森林管理署 西部森林管理署 研究部 監査部 経理部".split()), tuple("企画課 管理課 業務課".split()),
            hidden=frozenset(_CITY_ONLY | {"bureau"}), spelling="square", others=("limits", "state", "wages", "subcontracts"), seeds=4,
        ),
        Shape(
            "corporation", "jlis", _MAY, 120, 0, 0,
            tuple("総務部 事業部 情報化支援部 住基全国センター 公的個人認証部 研究開発部 監査部 自治体支援部".split()),
            tuple("企画担当 システム担当 運用担当".split()),
            hidden=frozenset(_NEVER | _CITY_ONLY | {"category", "bureau", "site", "vendor_numbers", "procured_on", "quotes", "annual_amount"}),
            wide=False, spelling="bracket", others=("chains",), seeds=4,
        ),
    )
}  # fmt: skip
