"""What could not be read of a file, in words, for an office without a terminal: a text file that lies beside it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, RowMapping

from monitor.importing import Imports
from monitor.intake.rows import quote
from monitor.store import quarantine

SHOWN: Final = 1000  # rows that are written out; the rest is counted


def receipt(engine: Engine, name: str, done: Imports, now: datetime) -> str:
    """The text; "" if everything could be read. ``now`` is in Japanese time."""
    with engine.connect() as connection:
        waiting = quarantine.of_imports(connection, [part.import_id for part in done.parts])
    if not waiting and not done.unreadable and not done.withheld:
        return ""
    return "\n".join(_lines(name, done, waiting, now)) + "\n"


def _lines(name: str, done: Imports, waiting: Sequence[RowMapping], now: datetime) -> Iterator[str]:
    read = sum(part.counts.read for part in done.parts)
    yield f"{name} の取り込み結果（{now:%Y年%m月%d日 %H:%M}）"
    yield ""
    if done.unreadable:
        yield "■ 読めなかったもの"
        yield from (f"・{unreadable.source}：{unreadable.reason}" for unreadable in done.unreadable)
        yield ""
    if done.withheld:
        yield "■ 取り下げなかったもの（管理者へ知らせてください）"
        yield from (f"・{sentence}" for sentence in done.withheld)
        yield ""
    if waiting:
        yield f"■ 読めなかった行：{read:,}行のうち{len(waiting):,}行（隔離しました。ほかの行は取り込みました）"
        for row in waiting[:SHOWN]:
            cell = f"「{row['column_name']}」の{quote(row['value'])}：" if row["column_name"] else ""
            yield f"・{row['source']} {row['line']}行目　{cell}{row['reason']}"
        if len(waiting) > SHOWN:
            yield f"・ほか{len(waiting) - SHOWN:,}行"
        yield ""
    elif read:
        yield f"ほかの{read:,}行は取り込みました。"
        yield ""
    yield "直し方：元のファイルの該当箇所を直し、もう一度このフォルダ（done、failed の外）に置いてください。同じ行は二重になりません。"
    if waiting:
        yield "契約ではない行（小計、注記など）は、週報と同じ場所の digest-週.unread.xlsx に「対象外」と理由を書いて置くと、隔離から外れます。"


def write(path: Path, text: str) -> None:
    """As the Windows notepad reads it, whole or not at all. Raises OSError."""
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_text(text, encoding="utf-8-sig", newline="\r\n")
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
