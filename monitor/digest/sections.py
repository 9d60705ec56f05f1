"""The lines of the later parts that page, mail, text and Slack share: breakdowns, trend, calendar, publications, data, rules.

Sums over the model's own rows are made here once (five weeks of days, periods of one class), never in a rendering. Pure.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from checks import periods, yen
from monitor.digest import words
from monitor.digest.model import Body, Digest, Periods, Rejudged, Row, RuleChange
from monitor.digest.unread import Unread
from monitor.plain import brief

NAME = 40  # characters of a name in a line of several
SHORT_NAME = 16  # where many names share a line
LONG = 120  # characters of what a rule says
_JOBS = {"run": "点検", "digest": "週報", "deliver": "送付"}


# --- breakdowns ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """A breakdown: 所属別, counted in 所属."""

    title: str
    unit: str
    rows: tuple[Row, ...]

    @property
    def longest(self) -> int:
        """The most open findings of a row, at least 1: the length of a whole bar."""
        return max((row.open for row in self.rows), default=0) or 1


def groups(digest: Digest) -> tuple[Group, ...]:
    """By check, organization, department and owner; those without a row are left out."""
    every = (
        Group("検査別", "検査", digest.by_check),
        Group("団体別", "団体", digest.by_organization),
        Group("所属別", "所属", digest.by_department),
        Group("担当別", "担当", digest.by_owner),
    )
    return tuple(group for group in every if group.rows)


def facts(row: Row) -> str:
    """うち高3・期限超過2・新規6・最初の発見 R8.3.2(月)・1,234万円."""
    said = (
        f"うち高{row.high:,}",
        f"期限超過{row.overdue:,}",
        f"新規{row.new:,}",
        f"最初の発見 {periods.short(row.oldest)}" if row.oldest else "",
        yen.rough(row.yen) if row.yen is not None else "",
    )
    return "・".join(word for word in said if word)


def group_line(group: Group, most: int = 3) -> str:
    """所属別：道路課 12件（期限超過3）、河川課 4件（期限超過0）、ほか5所属."""
    said = [f"{brief(row.label, SHORT_NAME)} {row.open:,}件（期限超過{row.overdue:,}）" for row in group.rows[:most]]
    left = len(group.rows) - len(said)
    return f"{group.title}：" + "、".join([*said, *([f"ほか{left:,}{group.unit}"] if left else [])])


# --- time ----------------------------------------------------------------------------------------------------------


def trend(digest: Digest) -> str:
    """12週の推移：47→42件（うち高 9→8件）; '' below two weeks."""
    if len(digest.trend) < 2:
        return ""
    first, last = digest.trend[0], digest.trend[-1]
    come, gone = sum(week.come for week in digest.trend), sum(week.gone for week in digest.trend)
    return (
        f"{len(digest.trend):,}週の推移（容認を含む）：{first.closing:,}→{last.closing:,}件"
        f"（うち高 {first.high:,}→{last.high:,}件）。この間の増 {come:,}件、減 {gone:,}件。"
    )


@dataclass(frozen=True)
class Ahead:
    """A week of the calendar: how many rules' dates and how many ends of acceptances lie in it."""

    monday: date
    due: int
    ending: int

    @property
    def label(self) -> str:
        """3/23週."""
        return f"{self.monday.month}/{self.monday.day}週"


def weeks(digest: Digest) -> tuple[Ahead, ...]:
    """The weeks of the calendar."""
    starts = digest.calendar[::7]
    return tuple(
        Ahead(
            start.on,
            sum(len(day.due) for day in digest.calendar[7 * n : 7 * n + 7]),
            sum(len(day.ending) for day in digest.calendar[7 * n : 7 * n + 7]),
        )
        for n, start in enumerate(starts)
    )


def calendar(digest: Digest) -> str:
    """今後5週の期限：3/23週 2件、3/30週 0件…; '' without a calendar."""
    ahead = weeks(digest)
    if not ahead:
        return ""
    ending = [f"{week.label} {week.ending:,}件" for week in ahead if week.ending]
    due = "、".join(f"{week.label} {week.due:,}件" for week in ahead)
    return f"今後{len(ahead)}週の期限：{due}。" + (f"容認の終わり：{'、'.join(ending)}。" if ending else "")


# --- publication ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Class:
    """A class of publications over all periods and organizations of the digest. Counts of contracts."""

    label: str
    in_time: int
    late: int
    missing: int
    ahead: int

    @property
    def line(self) -> str:
        """期限内 30・遅れ 3・未公表 1・期限前 5."""
        return f"期限内 {self.in_time:,}・遅れ {self.late:,}・未公表 {self.missing:,}・期限前 {self.ahead:,}"


def classes(digest: Digest) -> tuple[Class, ...]:
    """Publications per class, in the order of the model."""
    labels = dict.fromkeys(row.label for row in digest.published)
    rows = {label: [row for row in digest.published if row.label == label] for label in labels}
    return tuple(
        Class(
            label,
            sum(row.in_time for row in held),
            sum(row.late for row in held),
            sum(row.missing for row in held),
            sum(row.ahead for row in held),
        )
        for label, held in rows.items()
    )


def signed(digest: Digest) -> str:
    """The signing dates of the contracts that are counted as publications; '' without any."""
    if not digest.published:
        return ""
    first, last = min(row.first for row in digest.published), max(row.last for row in digest.published)
    return f"{periods.short(first)}〜{periods.short(last)}に締結した契約の件数"


# --- data and monitor ----------------------------------------------------------------------------------------------


def ledger(body: Body) -> str:
    """契約 1,234件・最後の契約締結日 R8.3.20(金)・最後の取込み R8.3.20(金)・読めない行 2行."""
    last = periods.short(body.last_signed) if body.last_signed else "—"
    read = f"・最後の取込み {periods.short(body.read_on)}" if body.read_on else ""
    return f"契約 {body.contracts:,}件・最後の契約締結日 {last}{read}・読めない行 {body.quarantined:,}行"


def quarantined(digest: Digest, most: int = 3) -> str:
    """団体別の読めない行：模擬市 2行、ほか1団体; '' where there is none, or one organization, which has them all."""
    held = [body for body in digest.bodies if body.quarantined and len(digest.bodies) > 1]
    said = [f"{brief(body.name, SHORT_NAME)} {body.quarantined:,}行" for body in held[:most]]
    more = [f"ほか{len(held) - most:,}団体"] if len(held) > most else []
    return f"団体別の読めない行：{'、'.join([*said, *more])}。" if held else ""


def unread(row: Unread) -> str:
    """台帳.xlsx[契約] 3行（契約締結日 2行、契約金額 1行。4・9・12行目）: the rows of a file that wait for their correction."""
    return f"{row.file} {row.rows:,}行（{row.where}。{row.at}）"


def period(row: Periods) -> str:
    """点検の予定7回：済7（うち遅れ0）、失敗0、未実施0."""
    return (
        f"{_JOBS.get(row.job, row.job)}の予定{row.due:,}回："
        f"済{row.done:,}（うち遅れ{row.late:,}）、失敗{row.failed:,}、未実施{row.missed:,}"
    )


def scheduled(digest: Digest) -> str:
    """The periods of the schedule, one job after the other; '' without a schedule."""
    return "".join(f"{period(row)}。" for row in digest.monitor.periods)


def checked(digest: Digest) -> tuple[tuple[str, int], ...]:
    """What was checked: each check with the number of contracts that it judged."""
    counts: Counter[str] = Counter()
    for row in digest.judged:
        counts[row.check_title] += row.judged
    return tuple(counts.items())


def mends(digest: Digest) -> tuple[tuple[str, int, str], ...]:
    """Where to set things right: reason, contracts, what would mend it; the most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in digest.judged:
        for reason, what, count in row.not_judged:
            counts[(reason, what)] += count
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((reason, count, words.mend(reason, what)) for (reason, what), count in ranked)


# --- rules ---------------------------------------------------------------------------------------------------------


def rule(change: RuleChange, longest: int = LONG) -> str:
    """R8.4.1(水)　契約規程：予定価格250万円→300万円（出典 …・規程未確認)."""
    source = "・".join(
        word
        for word in (
            f"出典 {brief(change.source, NAME)}" if change.source else "",
            "" if change.verified else "規程未確認",
        )
        if word
    )
    said = f"{periods.short(change.on)}　{brief(change.rulebook, NAME)}：{brief(change.what, longest)}"
    return said + (f"（{source}）" if source else "")


def rejudged(row: Rejudged) -> str:
    """発注の分割の疑い（模擬市・仮名市）: a check that judged anew, and for whom; above three, counted."""
    named = [brief(name, SHORT_NAME) for name in row.organizations[:3]]
    more = f"ほか{len(row.organizations) - 3:,}団体" if len(row.organizations) > 3 else ""
    return f"{row.check_title}（{'・'.join(named)}{more}）" if named else row.check_title
