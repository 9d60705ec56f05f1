"""What people say of findings: 確認, 容認, 処置済, 誤検知 and 取消, one by one, in bulk or by workbook. Pure.

A decision is said of facts: when they get worse it no longer stands. Each has a name; what closes or excuses has a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from checks import periods
from checks.catalogue import all_checks
from monitor.findings.lifecycle import Decided, Kind, Known, State, Told, Transition

if TYPE_CHECKING:
    from monitor.findings.history import Past

LONGEST: Final = timedelta(days=90)  # of an acceptance, unless the check allows it to the end of the fiscal year
WARNINGS: Final = (14, 3)  # days before an acceptance ends at which it is told
WORDS: Final = {
    "確認": State.ACKNOWLEDGED,
    "容認": State.ACCEPTED,
    "処置済": State.SETTLED,
    "誤検知": State.DISMISSED,
    "同一": State.SETTLED,  # of two vendors that are one: they are counted as one from now on
    "取消": State.OPEN,
}
"""What is written in a workbook or on the command line → the state that it makes."""


SAME: Final = "同一の相手方としてまとめた"
"""What was done, of 同一 (monitor/findings/joining.py)."""


@dataclass(frozen=True)
class Decision:
    """What somebody wants a finding to be. ``state`` OPEN takes an earlier decision back."""

    state: State
    by: str
    reason: str = ""
    action: str = ""  # what was done, of 処置済
    until: date | None = None  # of 容認
    source: str = ""  # the id of the entry in the file of exceptions, '' for a person


def said(word: str, by: str, reason: str, action: str, until: date | None) -> Decision:
    """What a word of WORDS means, with what was written beside it."""
    state = WORDS[word]
    return Decision(state, by, reason, SAME if word == "同一" else action, until if state is State.ACCEPTED else None)


class Refused(Exception):  # noqa: N818  # an answer to a person, not an error of ours
    """Why a decision was not taken: the heading of the cell that is wrong and one Japanese sentence."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}：{reason}")
        self.column = column
        self.reason = reason


def decide(known: Known, decision: Decision, as_of: date, seen: int | None = None) -> Transition | None:
    """The transition of a decision; None if it says what is on record already. Raises Refused.

    ``seen`` is the number of decisions that whoever decides knew of; None where they have just looked.
    """
    wanted = _tidy(decision)
    if _same(known, wanted):
        return None
    if known.state is State.RESOLVED:
        raise Refused("判断", "この確認事項はすでに解消しています（判断は不要です）。")
    if seen is not None and seen != known.revision:
        raise Refused("判断", _meanwhile(known))
    _complete(wanted, known, as_of)
    return record(known, wanted, as_of)


def record(known: Known, decision: Decision, as_of: date) -> Transition:
    """The transition of a decision that stands; it is on record and told to nobody by message."""
    made = Decided(
        by=decision.by,
        reason=decision.reason,
        action=decision.action,
        until=decision.until,
        on=as_of,
        source=decision.source,
        severity=known.severity,
        contracts=tuple(known.facts["contracts"]),
        # an acceptance that is shorter than a warning's lead needs no such warning
        warned=sum((decision.until - as_of).days <= lead for lead in WARNINGS) if decision.until else 0,
    )
    taken_back = decision.state is State.OPEN
    after = replace(
        known,
        state=decision.state,
        decision=made,
        revision=known.revision + 1,
        told=Told(as_of, as_of, 1) if taken_back else known.told,  # reminders begin anew: it waits for an answer again
    )
    return Transition(Kind.DECIDED, after, told=False)


def worse(before: Known, after: Known) -> bool:
    """Whether the facts are worse than those of which the decision was said: graver, or, of a set that grows, more."""
    said = before.decision
    if said is None:
        return after.severity.rank > before.severity.rank
    return after.severity.rank > said.severity.rank or joined(said.contracts, after)


def joined(contracts: Sequence[str], after: Known) -> bool:
    """Whether a set that grows by its contracts has one that was not among these."""
    return all_checks()[after.check].grows and not set(after.facts["contracts"]) <= set(contracts)


def is_pair(known: Known) -> bool:
    """Whether the finding proposes that two vendors are one (checks/vendor_identity.py)."""
    return known.check == "vendor_identity" and known.facts["pattern"] == "表記の近い相手方"


def explanation(one: "Known | Past") -> str:
    """What was found, in words; of two vendors that are one by a decision, that they are counted so."""
    told: str = one.facts["explanation"]
    made = one.decision
    if made is None or made.action != SAME or one.state is not State.SETTLED:
        return told
    return f"{told}{periods.wareki(made.on)}に「同一」と判断したので、一つの相手方として数えています。"


def latest_end(check: str, as_of: date) -> date:
    """The last day to which a finding of a check may be accepted."""
    longest = as_of + LONGEST
    if not all_checks()[check].accepted_to_year_end:
        return longest
    return max(longest, periods.month_end(periods.fiscal_year(as_of) + 1, 3))


def _tidy(decision: Decision) -> Decision:
    said = replace(
        decision, by=" ".join(decision.by.split()), reason=decision.reason.strip(), action=decision.action.strip()
    )
    return said if said.state is State.ACCEPTED else replace(said, until=None)


def _same(known: Known, decision: Decision) -> bool:
    made = known.decision
    if known.state is not decision.state:
        return False
    if made is None or decision.state is State.OPEN:
        return decision.state is State.OPEN  # nothing to take back
    said = (made.by, made.reason, made.action, made.until)
    return said == (decision.by, decision.reason, decision.action, decision.until)


def _meanwhile(known: Known) -> str:
    made = known.decision
    if made is None:
        return "この一覧を出した後に、事実が変わったか、前の判断が失効しています（上書きしていません）。新しい一覧で判断してください。"
    when = periods.wareki(made.on)
    said = "取消" if known.state is State.OPEN else known.state.label
    return f"この一覧を出した後に、{made.by}が{when}に「{said}」としています（上書きしていません）。新しい一覧で判断してください。"


def _complete(decision: Decision, known: Known, as_of: date) -> None:
    if not decision.by:
        raise Refused("氏名", "判断した人の氏名が空欄です。")
    if decision.state in (State.ACCEPTED, State.DISMISSED, State.OPEN) and not decision.reason:
        word = next(word for word, state in WORDS.items() if state is decision.state)
        raise Refused("理由", f"「{word}」には理由が必要です（後の監査で読まれます）。")
    if decision.action == SAME:
        if not is_pair(known):
            raise Refused("判断", "「同一」は、相手方の名寄せで二つの相手方を示した確認事項だけに使えます。")
        if not decision.reason:
            raise Refused("理由", "「同一」には、一つの相手方である理由（何で確かめたか）が必要です。")
    if decision.state is State.SETTLED and not decision.action:
        raise Refused("処置", "「処置済」には、何をしたかの記入が必要です。")
    if decision.state is State.ACCEPTED:
        _until(decision.until, known, as_of)


def _until(until: date | None, known: Known, as_of: date) -> None:
    last = latest_end(known.check, as_of)
    bounds = f"{periods.wareki(as_of)}から{periods.wareki(last)}まで"
    if until is None:
        raise Refused("期限", f"「容認」には期限が必要です（{bounds}）。")
    if not as_of <= until <= last:
        raise Refused("期限", f"容認の期限{periods.wareki(until)}は認められません（{bounds}）。")
