"""What the maintainers are told of the program's own troubles, in sentences: holds, checks that failed, old ledgers,
messages that did not arrive. Pure; counted, so that a hundred organizations make one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_NAMED = 3  # organizations or messages that a line names; the rest is counted


class What(StrEnum):
    """What is wrong, or waits for them."""

    FIRST = "first"
    SUDDEN = "sudden"
    FAILED = "failed"
    STALE = "stale"
    NOT_TAKEN = "not taken"
    DEAD = "dead"
    UNKNOWN = "unknown"


_SENTENCES = {
    What.FIRST: "初めての台帳（{where}）で{count}件の確認事項が見つかりました。通知を保留しています。週報で内容を見てから keiyaku release で解放してください。",
    What.SUDDEN: "確認事項が急に増えました（{where}、合わせて{count}件）。台帳の列や規程の変更によるものかもしれないため、通知を保留しています。内容を見てから keiyaku release で解放してください。",
    What.FAILED: "終わらなかった検査があります（{where}）。解消としたものはありません。記録を確かめてください。",
    What.STALE: "台帳が古いため判定していません（{where}）。新しい台帳を取り込んでください。",
    What.NOT_TAKEN: "取り込めなかったものがあります（{where}）。取込元を確かめてください。",
    What.DEAD: "届かなかった通知があります（{where}）。keiyaku deliveries list で確かめてください。",
    What.UNKNOWN: "届いたか分からない通知があります（{where}）。届いていないときは keiyaku deliveries retry で送り直してください。",
}


@dataclass(frozen=True)
class Trouble:
    """One trouble: where it is (an organization, a check of it, a message) and how many findings are behind it."""

    what: What
    where: str
    count: int = 0


def sentences(troubles: Iterable[Trouble]) -> tuple[str, ...]:
    """One sentence for each kind of trouble, in the order of What."""
    held: dict[What, list[Trouble]] = {}
    for trouble in troubles:
        held.setdefault(trouble.what, []).append(trouble)
    return tuple(
        _SENTENCES[what].format(where=_where(held[what]), count=sum(trouble.count for trouble in held[what]))
        for what in What
        if what in held
    )


def _where(troubles: Sequence[Trouble]) -> str:
    names = list(dict.fromkeys(trouble.where for trouble in troubles))
    left = len(names) - _NAMED
    return "、".join(names[:_NAMED]) + (f"ほか{left}" if left > 0 else "")
