"""The bodies of the hard half: the columns that their systems lack, how badly they write."""
# ruff: noqa: SIM905  # a list of words is easiest read as words

from datetime import date

from tests.evaluation.book import Shape

_MAY, _JULY = date(2026, 5, 15), date(2026, 7, 13)
_STATE_ONLY = {
    "publications", "design_price", "commitment_amount", "construction_related", "account", "specific_procurement", "publication_exemption",
}  # fmt: skip
_PLAIN = _STATE_ONLY | {"addresses", "score_points"}
_LITTLE = {
    "row_kind",
    "unit_price",
    "separation_policy",
    "parent_contract_id",
    "annual_amount",
    "tender_rounds",
    "nondisclosure",
}
_SECTIONS = ("庶務課", "施設課", "事業課")

HARD_SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "hard_city", "municipality", _MAY, 60, 11, 10, tuple("総務部 市民部 福祉部 建設部 教育委員会".split()), _SECTIONS,
            hidden=frozenset(_PLAIN), spelling="mixed", noise=0.12, blank=0.03, others=("everyday",), seeds=5,
        ),
        Shape(
            "hard_town", "municipality", _MAY, 30, 9, 9, tuple("総務課 税務課 町民課 福祉課 産業課 建設課 教育課".split()), ("",),
            hidden=frozenset(_PLAIN | _LITTLE | {"procured_on", "estimated_price", "bureau", "vendor_numbers", "site", "ground", "cancelled_on",
                                                 "quotes", "awarded_on"}),
            wide=True, spelling="mixed", noise=0.3, blank=0.0, others=("everyday",), seeds=4,
        ),
        Shape(
            "hard_ward", "municipality", _MAY, 50, 10, 10, tuple("総務部 区民部 健康部 土木部 教育委員会事務局".split()), ("庶務課", "営繕課"),
            hidden=frozenset(_PLAIN | {"bureau", "vendor_numbers", "site", "estimated_price"}),
            wide=True, spelling="mixed", noise=0.2, blank=0.08, others=("everyday",), seeds=4,
        ),
        Shape(
            "hard_prefecture", "prefecture", _MAY, 60, 10, 10, tuple("県民部 環境部 農林部 土木部 教育庁".split()), ("総務課", "管理課", "事業課"),
            hidden=frozenset(_PLAIN | {"awarded_on", "vendor_numbers"}),
            spelling="mixed", noise=0.1, blank=0.05, others=("everyday",), seeds=3,
        ),
        Shape(
            "hard_village", "municipality", _MAY, 0, 0, 0, tuple("総務課 住民課 産業建設課 教育課".split()), ("",),
            hidden=frozenset(_PLAIN | _LITTLE | {"estimated_price", "bureau", "vendor_numbers", "site", "quotes", "awarded_on"}),
            spelling="mixed", noise=0.15, others=("village",), seeds=4,
        ),
        Shape(
            "hard_names", "municipality", _MAY, 25, 0, 0, tuple("総務部 市民部 建設部".split()), ("庶務課", "事業課"),
            hidden=frozenset(_STATE_ONLY | {"score_points", "unit_price", "design_price"}), spelling="mixed", noise=0.05,
            others=("identities", "everyday"), seeds=5,
        ),
        Shape(
            "hard_points", "rinya", _JULY, 30, 0, 0, tuple("林政部 森林整備部 国有林野部".split()), ("企画課", "業務課"),
            hidden=frozenset(_STATE_ONLY | {"bureau", "addresses"}), spelling="mixed", noise=0.05, others=("penalties", "everyday"), seeds=4,
        ),
        Shape(
            "hard_pile", "municipality", _MAY, 0, 0, 0, tuple("総務課 施設課 事業課".split()), ("",),
            hidden=frozenset(_PLAIN | _LITTLE | {"bureau", "site", "quotes", "awarded_on", "cancelled_on", "starts_on", "ends_on", "bidders",
                                                 "change_of", "amount_after_change", "remarks"}),
            spelling="mixed", others=("piles",), seeds=48,
        ),
    )
}  # fmt: skip
