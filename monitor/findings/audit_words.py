"""What an audit of the record has found, in sentences for whoever reads it. Pure."""

from collections.abc import Iterator
from datetime import date

from checks import periods
from monitor.findings.audit import Break, Difference, Head, Report
from monitor.findings.chain import Entry
from monitor.findings.lifecycle import Kind
from monitor.plain import brief

COVERS = (
    "要約値が覆うのは、確認事項の番号、起きたこと、点検の基準日とその内容です。書き込んだ時刻と通知の記録は含みません。"
)
BLIND = (
    "末尾の記録の削除と、途中からの全面的な書き直しは、連鎖だけでは分かりません。"
    "週報に印刷された「記録の連鎖」の値を --head に与えて照らしてください。"
)


def sentences(report: Report) -> Iterator[str]:
    """All that is to be said, the most important first."""
    yield "記録は書かれたとおりです。" if report.in_order else "記録に食い違いがあります。"
    yield from _chain(report)
    yield from _findings(report)
    for head in report.heads:
        yield _head(head, report)
    yield f"連鎖の末尾の値は {report.head}（{_entry(report.last)}）です。" if report.last else "記録はまだありません。"
    if not report.heads:
        yield BLIND
    yield COVERS


def _chain(report: Report) -> Iterator[str]:
    if not report.broken:
        yield f"記録{report.events:,}件の要約値を最初から計算し直し、すべて一致しました。"
        return
    yield (
        f"記録{report.events:,}件のうち{report.broken:,}件の要約値が、計算し直した値と一致しません。"
        "その記録の書き換えか、直前の記録の削除、挿入、入れ替えのおそれがあります。"
    )
    for number, one in enumerate(report.breaks):
        yield ("最初の不一致：" if number == 0 else "次の不一致：") + _break(one)
    yield from _more(report.broken - len(report.breaks))


def _break(one: Break) -> str:
    wanted = f"計算し直した値 {one.expected}" if one.expected else "内容が読み取れません"
    return f"{_entry(one.entry)}。記録の値 {brief(one.entry.hash, 64)}、{wanted}。"


def _findings(report: Report) -> Iterator[str]:
    if not report.differing:
        yield f"確認事項{report.findings:,}件の現在の内容は、いずれも記録のとおりです。"
        return
    yield f"確認事項{report.findings:,}件のうち{report.differing:,}件の現在の内容が、記録と一致しません。"
    for one in report.differences:
        yield _difference(one)
    yield from _more(report.differing - len({one.finding_id for one in report.differences}))


def _difference(one: Difference) -> str:
    name = brief(one.finding_id, 40)
    if not one.column:
        return f"{name}：" + (
            "記録がない確認事項です。" if one.expected == "events" else "記録にある確認事項が、表にありません。"
        )
    return f"{name}：{one.column}は「{brief(one.found)}」ですが、記録では「{brief(one.expected)}」です。"


def _more(left: int) -> Iterator[str]:
    if left > 0:
        yield f"ほかに{left:,}件あります。"


def _head(head: Head, report: Report) -> str:
    if head.entry is None:
        return (
            f"照らす値 {head.given} は記録にありません。値の写し間違いでなければ、"
            "末尾が削除されたか、途中から書き直されたおそれがあります。"
        )
    if head.entry.seq == 0:
        return f"照らす値 {head.given} は、記録が始まる前の値です。記録については何も示しません。"
    where = f"照らす値 {head.given} は、{_entry(head.entry)}の値です。"
    if not head.whole:
        return where + "ただし、それより前に不一致があるため、そこまでの記録が変わっていないとは言えません。"
    later = report.events - head.before
    after = f"その後の{later:,}件は、この値では確かめられません。" if later else "その後の記録はありません。"
    return f"{where}そこまでの{head.before:,}件は、この値が印刷されてから変わっていません。{after}"


def _entry(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return f"記録番号{entry.seq}、{brief(entry.finding_id, 40)}の「{_kind(entry.kind)}」、{_day(entry.as_of)}現在"


def _kind(kind: str) -> str:
    return Kind(kind).label if kind in list(Kind) else brief(kind, 40)


def _day(text: str) -> str:
    try:
        return periods.wareki(date.fromisoformat(text))
    except ValueError:
        return f"「{brief(text, 40)}」"


__all__ = ["BLIND", "COVERS", "sentences"]
