"""Building the digest of a week from findings, events and answers. Pure; the balance closes by construction, asserted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any

from checks.catalogue import all_checks
from checks.finding import NotJudged, Severity
from checks.office_days import Calendar
from monitor.digest import groups, slices, stories
from monitor.digest.audience import EVERYBODY, Audience
from monitor.digest.calendar import calendar
from monitor.digest.items import SOON_DAYS, Item
from monitor.digest.model import (
    Balance,
    Digest,
    Judged,
    Numbers,
    Published,
    Sources,
    Standing,
)
from monitor.digest.trend import trend
from monitor.digest.week import Week
from monitor.findings import answers
from monitor.findings.history import Event
from monitor.findings.lifecycle import Kind, Reason, State
from monitor.findings.lines import line

WISH_DAYS = 5  # after the week: the Friday of the week in which the digest is read
PUBLISHED_DAYS = 400  # how far back publications are counted by period
_HOLDER = 24  # characters of a department in the verdict


def build(week: Week, sources: Sources, audience: Audience = EVERYBODY) -> Digest:
    """The digest of a week for an audience; ``sources`` are narrowed to it before (slices.narrow)."""
    during = [event for event in sources.events if event.as_of >= week.first]
    earlier = [event for event in sources.events if event.as_of < week.first]
    first = not earlier and (
        sources.since is None or sources.since >= week.first
    )  # a slice's first finding is no first week
    opened_now = {event.finding_id for event in during if event.kind is Kind.OPENED}
    touched = {event.finding_id for event in during}
    items = {
        key: stories.item(one, sources, week, key in opened_now)
        for key, one in sources.past.items()
        if one.state.standing or key in touched
    }
    open_items = _in_state(items, sources, State.OPEN, State.ACKNOWLEDGED)
    accepted = tuple(
        sorted(_in_state(items, sources, State.ACCEPTED), key=lambda item: (item.until or date.max, item.urgency))
    )
    standing = _standing(sources, accepted, week)
    before = _standing_before(earlier)
    numbers = Numbers(
        overdue=sum(item.late for item in open_items),
        soon=sum(_soon(item) for item in open_items),
        new=sum(item.is_new for item in open_items),
        new_high=sum(item.is_new and item.severity is Severity.HIGH for item in open_items),
        open=len(open_items),
    )
    balance = _balance(during, before, len(open_items) + len(accepted))
    flagged = sources.flagged or slices.flagged(sources.past.values())
    judged = tuple(_judged(row, sources, flagged) for row in sources.evaluations)
    moved = {event.finding_id for event in during if event.kind in (Kind.OPENED, Kind.REOPENED, Kind.WORSENED)}
    return Digest(
        week=week,
        first=first,
        verdict=_verdict(open_items, numbers, sources, first=first),
        numbers=numbers,
        before=_numbers_before(earlier, sources, week),
        queue=(
            *(item for item in open_items if item.late or _soon(item) or _serious(item, moved)),
            *(item for item in accepted if _ending(item, week)),
        ),
        new=tuple(item for item in open_items if item.is_new),
        worse=_of_kind(during, items, Kind.WORSENED),
        reopened=_of_kind(during, items, Kind.REOPENED),
        resolved=_resolved(during, items),
        open=open_items,
        accepted=accepted,
        closed=_closed(during, items),
        standing=standing,
        balance=balance,
        judged=judged,
        by_check=groups.by_check(open_items, sources),
        by_organization=groups.by_organization(open_items, sources),
        by_department=groups.by_department(open_items, sources),
        by_owner=groups.by_owner(open_items, sources),
        trend=trend(sources.events, week),
        calendar=calendar(week, open_items, accepted, sources.office),
        published=_published(sources, week) if audience.whole_register else (),
        rules=tuple(sources.rules),
        rejudged=tuple(sources.rejudged),
        unread=tuple(sources.unread),
        answer_by=_wish(week, sources.office),
        bodies=tuple(sources.bodies),
        monitor=sources.monitor,
        head=sources.head,
        audience=audience,
        gone_at_once=sum(not sources.past[key].state.standing for key in opened_now),
        lines=tuple(line(sources.past[item.id], item.organization, week.last) for item in (*open_items, *accepted)),
    )


def _in_state(items: Mapping[str, Item], sources: Sources, *states: State) -> tuple[Item, ...]:
    found = (item for key, item in items.items() if sources.past[key].state in states)
    return tuple(sorted(found, key=lambda item: item.urgency))


def _ending(item: Item, week: Week) -> bool:
    return item.until is not None and (item.until - week.last).days <= SOON_DAYS


def _standing(sources: Sources, accepted: Sequence[Item], week: Week) -> Standing:
    states = Counter(one.state for one in sources.past.values())
    return Standing(
        open=states[State.OPEN],
        acknowledged=states[State.ACKNOWLEDGED],
        accepted=len(accepted),
        excepted=sum(bool(item.answer and item.answer.source) for item in accepted),
        ending=sum(_ending(item, week) for item in accepted),
    )


def _soon(item: Item) -> bool:
    return item.days_late is not None and -SOON_DAYS <= item.days_late <= 0


def _serious(item: Item, moved: Set[str]) -> bool:
    """A split or a chain has no 期限 and yet must be seen in the week in which it appears."""
    return item.severity is Severity.HIGH and item.id in moved


def _of_kind(during: Iterable[Event], items: Mapping[str, Item], kind: Kind) -> tuple[Item, ...]:
    found = {event.finding_id for event in during if event.kind is kind}
    return tuple(sorted((items[key] for key in found), key=lambda item: item.urgency))


def _resolved(during: Iterable[Event], items: Mapping[str, Item]) -> tuple[Item, ...]:
    """Resolved in the week and still so; the reason of the last time."""
    reasons: dict[str, Reason | None] = {}
    for event in during:
        if event.kind is Kind.RESOLVED:
            reasons[event.finding_id] = event.reason
        elif event.entered:
            reasons.pop(event.finding_id, None)
    found = [Item(**{**vars(items[key]), "reason": reason.label if reason else ""}) for key, reason in reasons.items()]
    return tuple(sorted(found, key=lambda item: (item.check, item.id)))


# --- numbers -------------------------------------------------------------------------------------------------------


def _closed(during: Iterable[Event], items: Mapping[str, Item]) -> tuple[Item, ...]:
    """Closed by a person in the week and still so."""
    ended = {event.finding_id for event in during if event.left and event.after is not State.RESOLVED}
    found = (items[key] for key in ended if items[key].state in (State.SETTLED.label, State.DISMISSED.label))
    return tuple(sorted(found, key=lambda item: (item.check, item.id)))


def _standing_before(earlier: Iterable[Event]) -> dict[str, State]:
    """The findings that stood after these events, and how."""
    standing: dict[str, State] = {}
    for event in earlier:
        if event.after.standing:
            standing[event.finding_id] = event.after
        else:
            standing.pop(event.finding_id, None)
    return standing


def _numbers_before(earlier: Sequence[Event], sources: Sources, week: Week) -> Numbers:
    """The same figures a week ago. Due dates are the findings' own: a rule's date does not move."""
    stood = _standing_before(earlier)
    standing = [sources.past[key] for key, state in stood.items() if state is not State.ACCEPTED]
    end = week.first - timedelta(days=1)
    begin = week.first - timedelta(days=7)
    new = {event.finding_id for event in earlier if event.kind is Kind.OPENED and event.as_of >= begin}
    late = [one for one in standing if one.due_on and one.due_on < end]
    soon = [one for one in standing if one.due_on and end <= one.due_on <= end + timedelta(days=SOON_DAYS)]
    fresh = [one for one in standing if one.id in new]
    return Numbers(len(late), len(soon), len(fresh), sum(one.severity is Severity.HIGH for one in fresh), len(standing))


def _balance(during: Sequence[Event], before: Mapping[str, State], closing: int) -> Balance:
    """Every event that enters or leaves the balance is in one column of it."""
    come = [event for event in during if event.entered]
    gone = [event for event in during if event.left]
    resolved = [event for event in gone if event.after is State.RESOLVED]
    balance = Balance(
        opening=len(before),
        new=sum(event.kind is Kind.OPENED and not event.by_rules for event in come),
        reopened=sum(event.kind is not Kind.OPENED and not event.by_rules for event in come),
        resolved=tuple(
            (reason.label, count)
            for reason in Reason
            if (count := sum(event.reason is reason and not event.by_rules for event in resolved))
        ),
        settled=sum(event.after is State.SETTLED for event in gone),
        dismissed=sum(event.after is State.DISMISSED for event in gone),
        rules_in=sum(event.by_rules for event in come),
        rules_out=sum(event.by_rules for event in resolved),
        closing=closing,
    )
    assert balance.adds_up, balance
    return balance


def _judged(row: Mapping[str, Any], sources: Sources, flagged: Mapping[tuple[str, str], Set[str]]) -> Judged:
    names = {body.id: body.name for body in sources.bodies}
    check = all_checks()[row["check_id"]]
    found = len(flagged.get((row["check_id"], row["organization"]), ()))
    return Judged(
        check_title=check.title,
        organization=names.get(row["organization"], row["organization"]),
        judged=row["judged"],
        flagged=min(found, row["judged"]) if check.of_contracts else None,
        not_judged=tuple((str(NotJudged(reason).value), what, count) for reason, what, count in row["not_judged"]),
        error=row["error"] or "",
        stale=row["status"] == answers.STALE,
        as_of=row["as_of"],
    )


def _wish(week: Week, office: Calendar) -> date:
    """The last working day of the week in which the digest is read; where there is none, the next one after it."""
    friday = week.last + timedelta(days=WISH_DAYS)
    wish = office.last_before(friday)
    return wish if wish > week.last else office.business_days_after(friday, 1)


def _published(sources: Sources, week: Week) -> tuple[Published, ...]:
    """The periods of the last PUBLISHED_DAYS and those ahead, the newest due date first."""
    names = {body.id: body.name for body in sources.bodies}
    since = week.last - timedelta(days=PUBLISHED_DAYS)
    found = [
        Published(organization=names.get(row["organization"], row["organization"]), **vars(one))
        for row in sources.evaluations
        for one in answers.tally(row)
        if one.due_on >= since
    ]
    return tuple(sorted(found, key=lambda one: (-one.due_on.toordinal(), one.organization, one.label, one.first)))


def _verdict(open_items: Sequence[Item], numbers: Numbers, sources: Sources, *, first: bool) -> str:
    """One line for who has ten seconds: what is late, who has it, what is new, and whether all checks have answered."""
    checks = len({row["check_id"] for row in sources.evaluations})
    contracts = sum(body.contracts for body in sources.bodies)
    failed = sum(row["status"] == answers.ERROR for row in sources.evaluations)
    stale = len({row["organization"] for row in sources.evaluations if row["status"] == answers.STALE})
    broken = f"終わらなかった検査が{failed:,}件あり、その分は判定できていません。" if failed else ""
    broken += f"台帳が古いため判定していない団体が{stale:,}あります。" if stale else ""
    if not open_items:
        return f"判断が必要なものはありません。{checks}の検査で契約{contracts:,}件を調べました。{broken}"
    late = [item for item in open_items if item.late]
    overdue = f"{len(late):,}件が期限を過ぎています（{_holders(late)}）。" if late else "期限を過ぎたものはありません。"
    soon = f"{SOON_DAYS}日以内の期限が{numbers.soon:,}件あります。" if numbers.soon else ""
    return overdue + soon + _news(numbers, first=first) + broken


def _holders(late: Iterable[Item]) -> str:
    late = list(late)
    several = len({item.organization for item in late}) > 1
    counts = Counter(
        " ".join(part for part in (item.organization * several, item.department) if part) or item.organization
        for item in late
    )
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    said = [f"{name if len(name) <= _HOLDER else name[:_HOLDER] + '…'}{count:,}件" for name, count in ranked[:3]]
    return "、".join(said) + ("など" if len(ranked) > 3 else "")


def _news(numbers: Numbers, *, first: bool) -> str:
    if first:
        return f"初回です。台帳にあった{numbers.open:,}件を「基準」として記録しました。前週との比較はありません。"
    if not numbers.new:
        return "今週、新しい確認事項はありません。"
    return f"今週の新しい確認事項は{numbers.new:,}件（うち高{numbers.new_high:,}件）です。"
