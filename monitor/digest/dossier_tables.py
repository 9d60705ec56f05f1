"""The dossier as tables for people who know Excel: findings, their history, contracts, messages, exceptions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from checks import ledger, vendors
from checks.catalogue import all_checks
from checks.finding import Severity
from monitor.alerts.news import Topic
from monitor.alerts.outbox import Status
from monitor.digest.dossier import Dossier, Row
from monitor.findings import decisions
from monitor.findings.book import GENESIS
from monitor.findings.chain import Entry, entries, moment
from monitor.findings.exceptions import in_force
from monitor.findings.lifecycle import Kind, Known, Reason, State
from monitor.settings import TIMEZONE, Settings
from monitor.store.schema import outbox, tellings

MACHINE = "本システム"
_PARTY = ("vendors", "vendor_numbers", "addresses")  # the columns of a contract that say who the other side is
_KINDS = {"alert": "確認事項のお知らせ", "digest": "週報", "notice": "管理者へのお知らせ"}
Cell = str | int | date | None


class Look(StrEnum):
    """How a column is written."""

    SHORT = "short"
    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class Table:
    """A sheet: its name, its headings with their looks, its rows (to be read once)."""

    name: str
    columns: tuple[tuple[str, Look], ...]
    rows: Iterable[tuple[Cell, ...]]


def tables(connection: Connection, dossier: Dossier, settings: Settings) -> list[Table]:
    """All of them, in the order of the sheets. Rows are read as they are taken."""
    return [
        Table("確認事項", _heads(_FINDING), (_row(_FINDING, one, dossier) for one in dossier.findings)),
        Table("経過", _EVENT, _events(connection, dossier)),
        Table("契約", _contract_columns(), _contracts(dossier)),
        Table("通知", _MESSAGE, _messages(connection, dossier, settings)),
        Table("例外", _EXCEPTION, _exceptions(dossier)),
    ]


def chosen(connection: Connection, dossier: Dossier) -> Iterator[tuple[Entry, str]]:
    """The events of the dossier's findings in the order of the chain, each with the hash of the event before it."""
    previous = GENESIS
    for entry in entries(connection):
        if entry.finding_id in dossier.ids:
            yield entry, previous
        previous = entry.hash


# --- findings -----------------------------------------------------------------------------------------------------


def _check_title(check: str) -> str:
    return all_checks()[check].title if check in all_checks() else check


def _due(one: Known) -> str:
    return "" if one.due_on is None else "推定" if one.facts.get("assumed") else "規程"


def _reason(one: Known, dossier: Dossier) -> str:
    story = dossier.stories.get(one.id)
    return _word(Reason, story.reason) if story and one.state is State.RESOLVED else ""


def _decision(one: Known) -> str:
    if one.decision is None:
        return ""
    return "取消" if one.state is State.OPEN else one.state.label


def _figures(one: Known) -> str:
    """The facts as label and text, a line for each, in the order of the check's own table."""
    check, figures = all_checks().get(one.check), one.facts["figures"]
    known = check.figures if check else {}
    shown = [
        (known[name].label, known[name].text(figures[name])) for name in known if figures.get(name) not in (None, "")
    ]
    return "\n".join(f"{label}：{text}" for label, text in shown)


_Value = Callable[[Known, Dossier], Cell]
_FINDING: tuple[tuple[str, Look, _Value], ...] = (
    ("番号", Look.SHORT, lambda one, _: one.id),
    ("検査", Look.TEXT, lambda one, _: _check_title(one.check)),
    ("団体", Look.TEXT, lambda one, dossier: dossier.bodies.get(one.organization, one.organization)),
    ("担当", Look.TEXT, lambda one, _: one.facts["department"]),
    ("件名", Look.LONG, lambda one, _: one.facts["title"]),
    ("重要度", Look.SHORT, lambda one, _: one.severity.label),
    ("状態", Look.SHORT, lambda one, _: one.state.label),
    ("判定保留", Look.SHORT, lambda one, _: "判定保留" if one.unknown else ""),
    ("解消の理由", Look.SHORT, _reason),
    ("期限", Look.DATE, lambda one, _: one.due_on),
    ("期限の性質", Look.SHORT, lambda one, _: _due(one)),
    ("初めて見つけた日", Look.DATE, lambda one, _: one.first_seen),
    ("最後に見た日", Look.DATE, lambda one, _: one.last_seen),
    ("確認されたこと", Look.LONG, lambda one, _: decisions.explanation(one)),
    ("数値", Look.LONG, lambda one, _: _figures(one)),
    ("関係する契約", Look.TEXT, lambda one, _: "、".join(one.facts["contracts"])),
    ("次にすること", Look.LONG, lambda one, _: one.facts["next_step"]),
    ("根拠", Look.LONG, lambda one, _: one.facts["authority"]),
    ("規程の数値", Look.SHORT, lambda one, _: "公的な原文で確認済" if one.facts["verified"] else "規程未確認"),
    ("問題がない場合", Look.LONG, lambda one, _: check.innocent if (check := all_checks().get(one.check)) else ""),
    ("判断", Look.SHORT, lambda one, _: _decision(one)),
    ("判断した人", Look.TEXT, lambda one, _: one.decision.by if one.decision else ""),
    ("判断の理由", Look.LONG, lambda one, _: one.decision.reason if one.decision else ""),
    ("処置", Look.LONG, lambda one, _: one.decision.action if one.decision else ""),
    ("容認の期限", Look.DATE, lambda one, _: one.decision.until if one.decision else None),
    ("判断の日", Look.DATE, lambda one, _: one.decision.on if one.decision else None),
    ("例外の登録", Look.SHORT, lambda one, _: one.decision.source if one.decision else ""),
    (
        "記録の件数",
        Look.NUMBER,
        lambda one, dossier: dossier.stories[one.id].events if one.id in dossier.stories else 0,
    ),
)


def _heads(columns: Iterable[tuple[str, Look, _Value]]) -> tuple[tuple[str, Look], ...]:
    return tuple((heading, look) for heading, look, _ in columns)


def _row(columns: Iterable[tuple[str, Look, _Value]], one: Known, dossier: Dossier) -> tuple[Cell, ...]:
    return tuple(value(one, dossier) for _, _, value in columns)


# --- history ------------------------------------------------------------------------------------------------------

_EVENT = (
    ("記録番号", Look.NUMBER), ("確認事項", Look.SHORT), ("点検の基準日", Look.DATE), ("起きたこと", Look.SHORT),
    ("理由", Look.SHORT), ("その後の状態", Look.SHORT), ("重要度", Look.SHORT), ("期限", Look.DATE), ("だれが", Look.TEXT),
    ("判断の理由", Look.LONG), ("処置", Look.LONG), ("容認の期限", Look.DATE), ("確認されたこと", Look.LONG),
    ("書き込んだ時刻", Look.TEXT), ("前の要約値", Look.TEXT), ("要約値", Look.TEXT),
)  # fmt: skip


def _events(connection: Connection, dossier: Dossier) -> Iterator[tuple[Cell, ...]]:
    for entry, previous in chosen(connection, dossier):
        data = entry.data or {"reason": "", "facts": {"explanation": "（記録が読み取れません）"}}
        made = data.get("decision", {}) if entry.kind == Kind.DECIDED else {}
        facts = data.get("facts") or {}
        yield (
            entry.seq,
            entry.finding_id,
            _date(entry.as_of),
            _word(Kind, entry.kind),
            _word(Reason, data.get("reason")),
            _word(State, data.get("state")),
            _severity(data.get("severity")),
            _date(data.get("due_on")),
            made.get("by") or MACHINE,
            made.get("reason", ""),
            made.get("action", ""),
            _date(made.get("until")),
            facts.get("explanation", ""),
            _time(moment(entry.recorded)),
            previous,
            entry.hash,
        )


def _word(kinds: type[Kind] | type[Reason] | type[State] | type[Topic], value: Any) -> str:
    """The Japanese word of a value; the value itself where it is none that this version knows."""
    text = str(value or "")
    return str(kinds(text).label) if text in [kind.value for kind in kinds] else text


def _severity(value: Any) -> str:
    text = str(value or "")
    return Severity(text).label if text in [one.value for one in Severity] else text


def _date(value: Any) -> Cell:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return str(value)


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(ZoneInfo(TIMEZONE)):%Y-%m-%d %H:%M:%S}" if at else ""


# --- contracts ----------------------------------------------------------------------------------------------------

_LOOKS = {ledger.Kind.YEN: Look.NUMBER, ledger.Kind.COUNT: Look.NUMBER, ledger.Kind.DATE: Look.DATE}


def _contract_columns() -> tuple[tuple[str, Look], ...]:
    told = ((column.heading, _LOOKS.get(column.kind, Look.TEXT)) for column in ledger.CONTRACTS.columns)
    return (("機関名", Look.TEXT), *told, ("確認事項", Look.TEXT))


def _contracts(dossier: Dossier) -> Iterator[tuple[Cell, ...]]:
    behind: dict[tuple[str, str], list[str]] = {}
    for one in dossier.findings:
        for contract in one.facts["contracts"]:
            behind.setdefault((one.organization, contract), []).append(one.id)
    for key, row in dossier.contracts.items():
        shown = disclosed(row)
        cells = (_cell(shown[column.name]) for column in ledger.CONTRACTS.columns)
        yield (dossier.bodies.get(key[0], key[0]), *cells, "、".join(sorted(set(behind.get(key, ())))))


def disclosed(row: Row) -> Row:
    """A contract without what is not disclosed of its vendor; what the office has noted beside it may say the same."""
    hidden = {"個人": vendors.INDIVIDUAL, "秘密": vendors.SECRET}.get(row["nondisclosure"] or "")
    if hidden is None:
        return row
    return {**row, **dict.fromkeys(_PARTY, hidden), "remarks": hidden if row["remarks"] else row["remarks"]}


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "○" if value else ""
    return value if isinstance(value, int | date) or value is None else str(value)


# --- messages and exceptions --------------------------------------------------------------------------------------

_MESSAGE = (
    ("通知の番号", Look.NUMBER), ("確認事項", Look.SHORT), ("伝えたこと", Look.SHORT), ("伝え方", Look.SHORT),
    ("宛先", Look.TEXT), ("経路", Look.SHORT), ("種類", Look.TEXT), ("件名", Look.LONG), ("状態", Look.SHORT),
    ("作成した時刻", Look.TEXT), ("送信した時刻", Look.TEXT), ("試行", Look.NUMBER), ("相手の答え", Look.LONG), ("鍵", Look.TEXT),
)  # fmt: skip


def _messages(connection: Connection, dossier: Dossier, settings: Settings) -> Iterator[tuple[Cell, ...]]:
    """A row for each finding that a message told; without a selection also the messages that told of none."""
    columns = [column for column in outbox.columns if column.name != "message"]
    subject = outbox.c.message["subject"].as_string().label("subject")
    query = (
        select(*columns, subject, tellings.c.finding_id, tellings.c.topic, tellings.c.shown)
        .select_from(outbox.outerjoin(tellings, tellings.c.outbox_id == outbox.c.id))
        .order_by(outbox.c.id, tellings.c.finding_id)
    )
    labels = {name: settings.contact(name).label for name in (*settings.channels, *settings.contacts)}
    for row in connection.execute(query.execution_options(yield_per=1000)).mappings():
        finding = row["finding_id"]
        if finding in dossier.ids or (finding is None and not dossier.selection.narrows):
            yield (
                row["id"],
                finding or "",
                _word(Topic, row["topic"]),
                "" if finding is None else "本文に記載" if row["shown"] else "件数のみ",
                labels.get(row["audience"], row["audience"]),
                row["channel"],
                _KINDS.get(row["kind"], row["kind"]),
                row["subject"],
                Status(row["status"]).label,
                _time(row["created_at"]),
                _time(row["sent_at"]),
                row["attempts"],
                row["error"] or "",
                row["key"],
            )


_EXCEPTION = (
    ("登録", Look.SHORT), ("検査", Look.TEXT), ("団体", Look.SHORT), ("担当", Look.TEXT), ("相手方", Look.TEXT),
    ("契約番号", Look.SHORT), ("理由", Look.LONG), ("決めた人", Look.TEXT), ("期限", Look.DATE),
    ("容認している確認事項", Look.LONG),
)  # fmt: skip


def _exceptions(dossier: Dossier) -> Iterator[tuple[Cell, ...]]:
    """The exceptions in force, each with those of the chosen findings that it accepts now."""
    accepted: dict[str, list[str]] = {}
    for one in dossier.findings:
        if one.state is State.ACCEPTED and one.decision and one.decision.source:
            accepted.setdefault(one.decision.source, []).append(one.id)
    for entry in sorted(in_force(dossier.exceptions, dossier.as_of), key=lambda entry: (entry.check, entry.id)):
        ids = "、".join(sorted(accepted.get(entry.id, ())))
        matchers = (entry.organization, entry.department, entry.vendor, entry.contract)
        yield (entry.id, _check_title(entry.check), *matchers, entry.reason, entry.owner, entry.until, ids)


__all__ = ["Look", "Table", "chosen", "disclosed", "tables"]
