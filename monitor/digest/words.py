"""The lines that page, mail, text and Slack share, so that no rendering counts or words a thing by itself. Pure."""

from dataclasses import dataclass

from checks import periods
from checks.finding import NotJudged
from monitor.digest.audience import EVERYBODY
from monitor.digest.items import SOON_DAYS, Item
from monitor.digest.model import Digest, Judged
from monitor.digest.unread import workbook
from monitor.digest.week import Week
from monitor.plain import brief

_MEND = {
    NotJudged.NO_RULE: "規程集に「{what}」がありません。定めがあれば、管理者が規程集に加えます。",
    NotJudged.NO_COLUMN: "台帳に「{what}」の列を加えると判定できます。",
    NotJudged.BLANK: "台帳の「{what}」を記入すると判定できます。",
    NotJudged.TABLES_DISAGREE: "「{what}」を確かめて記入すると、どの表で判定するかが決まります。",
    NotJudged.TOO_FEW: "「{what}」が統計に足りる件数になると判定します。",
}
_NAME = 40  # characters of a name in a line of several
_REASON = 60
NOT_FINISHED = "検査が終わりませんでした"
STALE_MEND = "新しい台帳を取り込むと判定します。それまで、解消としたものも、期限超過としたものもありません。"
NOT_FINISHED_MEND = "前回までの確認事項を「判定保留」として残しています。管理者が記録を確かめます。"


def heading(digest: Digest) -> str:
    """契約点検 週報; for a slice, with whose it is."""
    label = digest.audience.label
    return f"契約点検 週報　{brief(label, _NAME)}" if label else "契約点検 週報"


def bodies(digest: Digest) -> str:
    """The organizations under watch; above three, counted."""
    names = [brief(body.name) for body in digest.bodies]
    return "・".join(names) if len(names) <= 3 else f"{'・'.join(names[:3])}ほか{len(names) - 3:,}団体"


def span(week: Week) -> str:
    """令和8年3月16日(月)〜3月22日(日); the year once unless it changes."""
    first, last = periods.wareki(week.first), periods.wareki(week.last)
    return f"{first}〜{last.removeprefix(first[: first.index('年') + 1])}"


def wish(digest: Digest) -> str:
    """回答希望 3月27日(金): our own wish, never a 期限; '' without one."""
    return f"回答希望 {periods.wareki(digest.answer_by).partition('年')[2]}" if digest.answer_by else ""


def answer(digest: Digest) -> str:
    """How to answer, and by when we hope for it."""
    asked = wish(digest)
    return (
        (f"{asked}。" if asked else "")
        + "回答は、添付の findings.xlsx に「判断」を記入して返送してください。台帳を直したものは、次の点検で自動的に解消となります。"
    )


def due(item: Item) -> str:
    """7日超過, 期限日, あと3日 as of the week's end; '' without a rule's date."""
    if item.days_late is None:
        return ""
    if item.late:
        return f"{item.days_late:,}日超過"
    return "期限日" if item.days_late == 0 else f"あと{-item.days_late:,}日"


def marks(item: Item) -> str:
    """What a reader must know of a finding's standing."""
    said = (
        item.state + (f"（{periods.short(item.until)}まで）" if item.until else ""),
        "判定保留" if item.unknown else "",
        "期限は推定" if item.assumed else "",
        "" if item.verified else "規程未確認",
    )
    return "・".join(word for word in said if word)


def where(item: Item) -> str:
    """Who has it and by which check, short."""
    parts = (item.organization, item.department, item.check_title)
    return "・".join(brief(part, _NAME) for part in parts if part)


def news(digest: Digest, item: Item) -> str:
    """新規, 悪化 or 再発 this week; '' otherwise, and in a first week, in which all is new."""
    if digest.first:
        return ""
    fresh = ["新規"] if item.is_new else []
    fresh += ["悪化"] if item.id in digest.worse_ids else []
    return "・".join([*fresh, *(["再発"] if item.id in digest.reopened_ids else [])])


def below(digest: Digest, item: Item) -> str:
    """The line below a title in mail, text and Slack: who, id, how it stands, and the reason of an acceptance."""
    reason = brief(item.answer.reason, _REASON) if item.answer and item.until else ""
    said = (where(item), item.id, marks(item), news(digest, item), f"容認の理由：{reason}" if reason else "")
    return "・".join(word for word in said if word)


@dataclass(frozen=True)
class Figure:
    """One of the five figures: 期限超過 3件, with what it is measured against and the place of its list in the page."""

    label: str
    value: str
    unit: str
    aside: str
    place: str
    late: bool = False

    @property
    def line(self) -> str:
        """期限超過 3件（前週 2）."""
        return f"{self.label} {self.value}{self.unit}" + (f"（{self.aside}）" if self.aside else "")


def figures(digest: Digest) -> tuple[Figure, ...]:
    """The five figures, each with last week's value or its denominator; a first week has none to compare."""
    now, before = digest.numbers, digest.before

    def aside(then: int, more: str = "") -> str:
        return "・".join(part for part in (more, "" if digest.first else f"前週 {then:,}") if part)

    return (
        Figure("期限超過", f"{now.overdue:,}", "件", aside(before.overdue), "queue", late=now.overdue > 0),
        Figure(f"{SOON_DAYS}日以内の期限", f"{now.soon:,}", "件", aside(before.soon), "queue"),
        Figure("今週の新規", f"{now.new:,}", "件", aside(before.new, f"うち高{now.new_high:,}"), "week"),
        Figure("未対応・確認", f"{now.open:,}", "件", aside(before.open), "details"),
        Figure("該当なし率", digest.clean_rate, "%", _rate_aside(digest), "judged")
        if digest.clean_rate
        else Figure("該当なし率", "—", "", "判定したものがありません", "judged"),
    )


def _rate_aside(digest: Digest) -> str:
    left = f"・判定できず{digest.left_out:,}" if digest.left_out else ""
    return f"{digest.clean:,}／{digest.judgements:,}{left}"


def queue(digest: Digest) -> str:
    """What the queue is made of; the three counts are its length."""
    now = digest.numbers
    parts = f"期限超過{now.overdue:,}件・{SOON_DAYS}日以内{now.soon:,}件"
    serious = f"・ほかに今週の「高」{digest.serious:,}件" if digest.serious else ""
    return parts + serious + (f"・終わりの近い容認{digest.standing.ending:,}件" if digest.standing.ending else "")


def equation(digest: Digest) -> str:
    """The balance on one line."""
    b = digest.balance
    closed = f"−処置済 {b.settled:,} " if b.settled else ""
    closed += f"−誤検知 {b.dismissed:,} " if b.dismissed else ""
    rules = f"＋規程等の変更 {b.rules_in:,} " if b.rules_in else ""
    rules += f"−規程等の変更 {b.rules_out:,} " if b.rules_out else ""
    return (
        f"前週末 {b.opening:,} ＋新規 {b.new:,} ＋再発 {b.reopened:,} −解消 {b.gone:,} {closed}{rules}"
        f"＝ 今週末 {b.closing:,} 件"
    )


def balance_notes(digest: Digest) -> list[str]:
    """What stands and how, why things were resolved, and what makes the balance differ from the week's lists."""
    reasons = "、".join(f"{reason} {count:,}件" for reason, count in digest.balance.resolved)
    return [
        note
        for note in (
            standing(digest) if digest.balance.closing else "",
            f"新規のうち{digest.gone_at_once:,}件は、同じ週のうちに解消などで終わりました。"
            if digest.gone_at_once
            else "",
            f"解消の内訳：{reasons}。" if reasons else "",
            f"解消のうち{digest.gone_and_back:,}件は同じ週に再発しました。" if digest.gone_and_back else "",
        )
        if note
    ]


def standing(digest: Digest) -> str:
    """What stands at the week's end, by what has been said of it."""
    s = digest.standing
    excepted = f"（うち例外の登録による {s.excepted:,}件）" if s.excepted else ""
    return f"今週末の内訳：未対応 {s.open:,}件、確認 {s.acknowledged:,}件、容認 {s.accepted:,}件{excepted}。"


def movement(digest: Digest) -> str:
    """The week's movement in counts."""
    return (
        f"新規 {len(digest.new):,}件、悪化 {len(digest.worse):,}件、"
        f"再発 {len(digest.reopened):,}件、解消 {len(digest.resolved):,}件、"
        f"処置済・誤検知 {len(digest.closed):,}件"
    )


def rate(digest: Digest) -> str:
    """該当なし率 with its denominator; '' when nothing was judged."""
    if not digest.clean_rate:
        return ""
    return (
        f"判定{digest.judgements:,}件（契約を検査ごとに数えたもの）のうち、未対応の確認事項（参考を除く）がないものは"
        f"{digest.clean:,}件（{digest.clean_rate}%）です。"
    )


def not_judged(digest: Digest) -> str:
    """What could not be judged, by reason."""
    if not digest.left_out:
        return "判定できなかったものはありません。"
    reasons = "、".join(f"{reason} {count:,}件" for reason, count in digest.left_out_by_reason)
    return f"判定できなかったもの {digest.left_out:,}件（分母に含めていません）：{reasons}。"


def not_finished(digest: Digest) -> str:
    """Checks that broke off; '' when none did."""
    failed = sum(bool(row.error) and not row.stale for row in digest.judged)
    stale = len({row.organization for row in digest.judged if row.stale})
    said = f"終わらなかった検査 {failed:,}件（判定保留）。" if failed else ""
    return said + (f"台帳が古いため判定していない団体 {stale:,}（判定保留）。" if stale else "")


def why_not(row: Judged) -> tuple[str, str]:
    """Why a check gave no answer, and what mends it."""
    return (row.error, STALE_MEND) if row.stale else (NOT_FINISHED, NOT_FINISHED_MEND)


def mend(reason: str, what: str) -> str:
    """Where to set things right so that it can be judged."""
    return _MEND[NotJudged(reason)].format(what=what)


def monitor(digest: Digest) -> str:
    """The state of the monitor itself."""
    m = digest.monitor
    return (
        f"点検した日 {m.runs_done:,}日、終わらなかった日 {m.runs_failed:,}日。"
        f"届かなかった通知 {m.dead:,}件、届いたか不明の通知 {m.unknown:,}件。読めずに隔離されている行 {m.quarantined:,}行。"
        + (f"契約ではないとして対象外にした行 {m.set_aside:,}行。" if m.set_aside else "")
        + (f"通知を保留している確認事項 {m.held:,}件（管理者の解放を待っています）。" if m.held else "")
    )


def mend_unread(digest: Digest) -> str:
    """How rows that could not be read come in after all."""
    beside = f"元のファイルか、週報と同じ場所にある {workbook(digest.week.id)} の赤い欄"
    return f"{beside if digest.audience == EVERYBODY else '元のファイル'}を直して、もう一度取り込んでください。"


def last_run(digest: Digest) -> str:
    """Up to when the ledgers were looked at."""
    last = digest.monitor.last_run
    return f"最後の点検 {periods.wareki(last)}" if last else "点検の記録はまだありません"
