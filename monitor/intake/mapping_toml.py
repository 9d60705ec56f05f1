"""A proposal as the short TOML that a person corrects; what is doubtful or missing stands there as a comment."""

import json
import re
from collections.abc import Iterator

from checks.ledger import JAPANESE, Column, Kind
from monitor.intake.mapping_guess import Proposal, Proposed

_HEAD = (
    "# {source}（見出しは{line}行目）から keiyaku map が作った案です。",
    "# 確かめて直してから使います: keiyaku import ファイル --mapping このファイル",
    "# 設定 mappings のフォルダに置くと、同じ見出しの新しいファイルにも使われます。",
)


def toml(proposal: Proposal) -> str:
    """The text of the mapping file. It can be used as it is if nothing required is missing."""
    return "\n".join(_lines(proposal)) + "\n"


def table(proposal: Proposal) -> list[tuple[str, str, str, str]]:
    """The same for a terminal: heading, column, confidence, samples; what is doubtful has a ?."""
    rows = []
    for each in proposal.proposed:
        names = "・".join(column.heading for column in each.columns)
        doubt = "" if each.sure or not each.columns else "？"
        nothing = "（取り込まない）" if each.personal else "（対応なし）"
        confidence = f"{round(100 * each.confidence)}%{doubt}" if each.columns else ""
        rows.append((each.heading, names + doubt if names else nothing, confidence, "、".join(each.samples)))
    return rows


def _lines(proposal: Proposal) -> Iterator[str]:
    table = proposal.table
    yield from (line.format(source=_comment(proposal.source), line=proposal.headings.line) for line in _HEAD)
    yield ""
    yield f"table = {_text(table.name)}  # {JAPANESE[table.name]}"
    yield f"# sheet = {_text(proposal.sheet)}  # この名前のシートだけを読むときは # を外します"
    if proposal.headings.rows > 1:
        yield f"heading_rows = {proposal.headings.rows}  # 見出しが{proposal.headings.rows}行にわたります"
    yield from _derived(proposal)
    if proposal.blank:
        yield f"blank = [{', '.join(map(_text, proposal.blank))}]  # 空欄とみなす文字"
    if proposal.skip:
        yield f"skip = [{', '.join(map(_text, proposal.skip))}]  # この文字で始まる行は契約ではない（合計、注など）"
    personal = [each.heading for each in proposal.proposed if each.personal and not each.columns]
    if personal:
        yield f"ignore = [{', '.join(map(_text, personal))}]  # 個人の氏名や連絡先かもしれないため取り込みません"
    yield from ("", '[columns]  # 台帳の列 = "この表の見出し"')
    for each in _ordered(proposal):
        yield from _column(each)
    for column in proposal.missing:
        yield f'# {column.name} = ""  # {column.heading}（必須）: 見つかりません。見出しを書き、# を外してください'
    others = [each.heading for each in proposal.proposed if not each.columns and not each.personal]
    if others:
        yield f"# 対応する列がない見出し（そのまま控えます）: {_comment('、'.join(others))}"
    yield from _sections(proposal)


def _derived(proposal: Proposal) -> Iterator[str]:
    if proposal.number_from:
        why = (
            f"「{_comment(proposal.running)}」は年度ごとの通し番号のようです"
            if proposal.running
            else "契約番号の列がありません"
        )
        yield f"number_from = [{', '.join(map(_text, proposal.number_from))}]  # {why}。これらから番号を作ります"


def _ordered(proposal: Proposal) -> list[Proposed]:
    order = list(proposal.table.by_name)
    found = [each for each in proposal.proposed if each.columns]
    return sorted(found, key=lambda each: (not each.sure, order.index(each.columns[0].name)))


def _column(each: Proposed) -> Iterator[str]:
    samples = f"  例: {_comment('、'.join(each.samples))}" if each.samples else ""
    for column in each.columns:
        required = "（必須）" if column.required else ""
        told = f"{column.heading}{required} 確度{round(100 * each.confidence)}%{samples}"
        if each.sure:
            yield f"{column.name} = {_text(each.heading)}  # {told}"
        else:
            yield f"# {column.name} = {_text(each.heading)}  # {told}  ← 正しければ先頭の # を外します"
        samples = ""


def _sections(proposal: Proposal) -> Iterator[str]:
    yield from ("", "[values]  # 全ての行に同じ値を入れる列")
    if "organization" not in proposal.found and proposal.table.by_organization:
        yield '# organization = "機関コード"  # 書かないときは import の --organization で指定します'
    if proposal.table.name == "contracts" and "category" not in proposal.found:
        yield '# category = "業務委託"'
    units = [(column, each.unit) for each in proposal.proposed if each.unit and each.sure for column in each.columns]
    if units:
        yield from ("", "[units]  # 円でない金額の単位（千円、万円、百万円）")
        yield from (f"{column.name} = {_text(unit)}" for column, unit in units)
    for each in proposal.proposed:
        if each.sure and (each.means or _unread(each)):
            yield from _means(each.columns[0], each)


def _means(column: Column, each: Proposed) -> Iterator[str]:
    choices = "、".join(column.choices) or "1（はい）、0（いいえ）"
    yield from ("", f"[means.{column.name}]  # この表の言葉 = {column.heading}の値（{choices}）")
    for word, ours in each.means.items():
        if ours is None:
            yield f'# {_text(word)} = ""  # ← 対応する値を入れて # を外してください'
        else:
            yield f"{_text(word)} = {_text(ours)}"
    for word in _unread(each):
        yield f'# {_text(word)} = ""  # 空欄とみなすときは # を外します（このままなら隔離されます）'


def _unread(each: Proposed) -> tuple[str, ...]:
    return each.unread if each.columns and each.columns[0].kind is not Kind.TEXT else ()


def _text(value: str) -> str:
    """A basic string of TOML; JSON writes the same escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(value: str) -> str:
    """On one line, and nothing that a comment cannot hold."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", value)
