"""A finding as one line for the people who decide: what is said of it, what is on record, and where they answer."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import StringIO

from checks.catalogue import all_checks
from monitor.findings import decisions
from monitor.findings.history import Past
from monitor.findings.lifecycle import Known, State
from monitor.intake.decisions import ANSWERS, DECISIONS, REVISION
from monitor.spreadsheet import cleaned, guarded


@dataclass(frozen=True)
class Line:
    """One finding. ``due`` is the rule's date, ``accept_to`` the last day of an acceptance that is made today."""

    id: str
    revision: int
    organization: str
    department: str
    check: str
    severity: str
    state: str
    due: date | None
    assumed: bool
    title: str
    explanation: str
    contracts: tuple[str, ...]
    next_step: str
    authority: str
    innocent: str
    accept_to: date | None = None
    by: str = ""  # the decision on record
    reason: str = ""
    until: date | None = None
    action: str = ""


def line(one: Known | Past, organization: str, as_of: date) -> Line:
    """The line of a finding as it stands; ``organization`` is the name that people know."""
    check, facts, made = all_checks()[one.check], one.facts, one.decision
    stands = made is not None and one.state is not State.OPEN
    return Line(
        id=one.id,
        revision=one.revision,
        organization=organization,
        department=facts["department"],
        check=check.title,
        severity=one.severity.label,
        state="判定保留" if one.unknown else one.state.label,
        due=one.due_on,
        assumed=facts.get("assumed", False),
        title=facts["title"],
        explanation=decisions.explanation(one),
        contracts=tuple(facts["contracts"]),
        next_step=facts["next_step"],
        authority=facts["authority"] + ("" if facts["verified"] else "（規程未確認）"),
        innocent=check.innocent,
        accept_to=decisions.latest_end(one.check, as_of),
        by=made.by if made and stands else "",
        reason=made.reason if made and stands else "",
        until=made.until if made and stands else None,
        action=made.action if made and stands else "",
    )


# --- columns ------------------------------------------------------------------------------------------------------


class Look(StrEnum):
    """How a column looks."""

    TEXT = "text"
    SHORT = "short"
    DATE = "date"
    ANSWER = "answer"
    ANSWER_DATE = "answer_date"
    KEPT = "kept"  # not to be changed


@dataclass(frozen=True)
class Field:
    """A column: its heading, its width in half-width characters, its look and its value."""

    heading: str
    width: int
    look: Look
    value: Callable[[Line], str | int | date | None]


def _answer(name: str, width: int) -> Field:
    look = Look.ANSWER_DATE if name == "until" else Look.ANSWER
    return Field(DECISIONS.by_name[name].heading, width, look, lambda _: None)


_WIDTHS = dict(zip(ANSWERS, (9, 26, 11, 12, 22), strict=True))
FIELDS = (
    Field(DECISIONS.by_name["finding_id"].heading, 13, Look.KEPT, lambda one: one.id),
    Field("重要度", 7, Look.SHORT, lambda one: one.severity),
    Field("状態", 9, Look.SHORT, lambda one: one.state),
    Field("規程の期限", 11, Look.DATE, lambda one: one.due),
    Field("期限の性質", 7, Look.SHORT, lambda one: "" if one.due is None else "推定" if one.assumed else "規程"),
    Field("担当", 12, Look.TEXT, lambda one: one.department),
    Field("件名", 26, Look.TEXT, lambda one: one.title),
    Field("確認されたこと", 42, Look.TEXT, lambda one: one.explanation),
    Field("次にすること", 26, Look.TEXT, lambda one: one.next_step),
    *(_answer(name, width) for name, width in _WIDTHS.items()),
    Field("容認できる最終日", 11, Look.DATE, lambda one: one.accept_to),
    Field("現在の判断者", 12, Look.TEXT, lambda one: one.by),
    Field("現在の判断の理由", 26, Look.TEXT, lambda one: one.reason),
    Field("現在の容認の期限", 11, Look.DATE, lambda one: one.until),
    Field("行った処置", 22, Look.TEXT, lambda one: one.action),
    Field("関係する契約", 30, Look.TEXT, lambda one: "、".join(one.contracts)),
    Field("問題がない場合", 60, Look.TEXT, lambda one: one.innocent),
    Field("根拠", 44, Look.TEXT, lambda one: one.authority),
    Field("検査", 20, Look.TEXT, lambda one: one.check),
    Field("団体", 16, Look.TEXT, lambda one: one.organization),
    Field(REVISION, 12, Look.KEPT, lambda one: one.revision),
)
PRINTED = 9 + len(ANSWERS)  # the first columns are those on paper


def table(lines: Iterable[Line]) -> bytes:
    """The same columns as CSV for Excel: UTF-8 with BOM, CRLF, nothing that Excel would run."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([field.heading for field in FIELDS])
    for one in lines:
        writer.writerow([_cell(field.value(one)) for field in FIELDS])
    return file.getvalue().encode("utf-8-sig")


def _cell(value: str | int | date | None) -> str:
    if isinstance(value, str):
        return guarded(cleaned(value))
    return "" if value is None else str(value)
