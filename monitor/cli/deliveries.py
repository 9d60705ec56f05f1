"""``keiyaku deliver`` and ``keiyaku deliveries``: what was sent, what was not, and what a person decides about it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import Config, note, place, print_json, safe
from monitor.problems import Exit, Problem, nearest, unknown

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from monitor.alerts.deliveries import Telling
    from monitor.alerts.outbox import Status
    from monitor.settings import Settings

app = typer.Typer(help="Messages: what was sent, what was not, and why.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(metavar="ID_OR_KEY...", help="Numbers or keys of the list.")]
_WIDTH = 80  # columns of the narrowest terminal in use


def deliver(config: Config = None) -> None:
    """Send what is due in the outbox; keiyaku deliveries list shows what is still not delivered and why."""
    from monitor import jobs
    from monitor.alerts import outbox

    here = place(config)
    summary = vars(jobs.deliver(here))
    if any(summary.values()):
        note("Messages: " + ", ".join(f"{name} {count}" for name, count in summary.items() if count) + ".")
    with here.engine.connect() as connection:
        waiting = len(outbox.undelivered(connection))
    if waiting:
        note(f"{waiting} not confirmed as delivered: keiyaku deliveries list")
    if summary["retry"] or summary["dead"] or summary["unknown"]:
        raise typer.Exit(Exit.NOT_DELIVERED)


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Delivered and cancelled ones too.")] = False,
    status: Annotated[
        list[str] | None, typer.Option(help="Only this status, such as dead; may be given several times.")
    ] = None,
    finding: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those that told of this finding, whatever became of them.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Config = None,
) -> None:
    """List the messages that nobody has confirmed; --all, --status or --finding list others."""
    from monitor.alerts import deliveries
    from monitor.alerts.outbox import Status

    if all_ and status:
        raise Problem("Give --all or --status, not both.")
    confirmed = (Status.SENT, Status.CANCELLED)
    wanted = [_status(one) for one in status or ()]
    if not wanted:
        wanted = [one for one in Status if all_ or finding or one not in confirmed]
    here = place(config)
    with here.engine.connect() as connection:
        rows = deliveries.listed(connection, wanted, _finding(connection, finding) if finding else None)
    if json_:
        print_json([_as_json(row, here.settings) for row in rows])
        return
    for row in rows:
        for line in _short(row, here.settings):
            typer.echo(line)
    if not rows:
        note("Every message was delivered." if not (all_ or status or finding) else "No such message.")
    else:
        note(f"{len(rows)} messages; one in full: keiyaku deliveries show NUMBER")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID_OR_KEY", help="The number or the key of the list.")],
    html: Annotated[bool, typer.Option("--html", help="Only its HTML, as it was archived.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="All of it as JSON, with its body.")] = False,
    config: Config = None,
) -> None:
    """Show a message in full: to whom, what became of it, of which findings it told, and its text as it was archived."""
    from monitor.alerts import deliveries
    from monitor.alerts.message import Message
    from monitor.plain import visible

    if html and json_:
        raise Problem("Give --html or --json, not both.")
    here = place(config)
    with here.engine.connect() as connection:
        (row,) = _find(connection, [name])
        told = deliveries.told(connection, row.id)
    message = Message.from_json(row.message)
    if html:
        if message.html is None:
            raise Problem(f"The message {row.id} has no HTML; without --html its text is shown.")
        typer.echo(message.html)
    elif json_:
        findings = [
            {"finding": one.finding_id, "topic": one.topic, "shown": one.shown, "title": one.title} for one in told
        ]
        print_json({**_as_json(row, here.settings), "findings": findings, "message": row.message})
    else:
        for line in _long(row, message.subject, told, here.settings):
            typer.echo(line)
        for each in message.attachments:
            typer.echo(f"添付        {each.filename}（{len(each.content):,}バイト）")
        typer.echo("")
        typer.echo(visible(message.text))


@app.command("retry")
def retry(
    names: Names = None,
    status: Annotated[str | None, typer.Option(help="All of this status: dead, unknown or retry.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Also what may have been told already.")] = False,
    config: Config = None,
) -> None:
    """Have messages sent once more, with the next delivery. What may have been told already needs --yes."""
    from monitor.alerts import deliveries
    from monitor.alerts.outbox import Status

    again = (Status.DEAD, Status.UNKNOWN, Status.RETRY)
    if (not names) == (status is None):
        raise Problem("Give numbers or keys of keiyaku deliveries list, or --status dead, unknown or retry.")
    if status is not None and _status(status) not in again:
        raise Problem(f"--status: found '{safe(status)}', expected one of {', '.join(again)}.")
    answers = []
    with place(config).engine.begin() as connection:
        rows = deliveries.listed(connection, [_status(status)]) if status else _find(connection, names or [])
        for row in rows:
            answers.append(deliveries.retry(connection, row, sure=yes))
            note(f"{row.id} ({safe(row.key)}): {_SAID[answers[-1]]}")
    if not rows:
        note(f"No message is {status}.")
    if any(not answer.taken for answer in answers):
        raise typer.Exit(Exit.USAGE)


@app.command("cancel")
def cancel(names: Names = None, config: Config = None) -> None:
    """Have messages not sent. They stay in the archive; what has arrived cannot be taken back."""
    from monitor.alerts import deliveries

    if not names:
        raise Problem("Give numbers or keys of keiyaku deliveries list.")
    answers = []
    with place(config).engine.begin() as connection:
        for row in _find(connection, names):
            answers.append(deliveries.cancel(connection, row))
            note(f"{row.id} ({safe(row.key)}): {_SAID[answers[-1]]}")
    if any(not answer.taken for answer in answers):
        raise typer.Exit(Exit.USAGE)


# by the value of Answer, which is imported late
_SAID: dict[str, str] = {
    "queued": "it will be sent with the next delivery (keiyaku deliver).",
    "cancelled": "it will not be sent.",
    "waits": "it waits already and will be sent with the next delivery (keiyaku deliver).",
    "busy": "it is being sent at this moment; look again in some minutes.",
    "sent": "it was delivered; nothing was done.",
    "maybe_told": "it may have been told already, as the connection broke after sending began; "
    "ask whether it has arrived, and add --yes to send it once more.",
    "done": "it is cancelled already.",
}


# --- what was asked for -------------------------------------------------------------------------------------------


def _find(connection: "Connection", names: Sequence[str]) -> "list[Row[Any]]":
    """The messages of these numbers or keys, each once. Raises Problem for those that are not there: nothing is done."""
    from monitor.alerts import deliveries

    found = {name: deliveries.find(connection, name) for name in dict.fromkeys(names)}
    missing = [name for name, row in found.items() if row is None]
    if missing:
        keys = deliveries.names(connection)
        raise Problem(*(str(unknown(f"There is no message '{safe(name)}'", name, keys)) for name in missing))
    return list({row.id: row for row in found.values() if row is not None}.values())


def _finding(connection: "Connection", given: str) -> str:
    from monitor.findings import book

    one = book.one(connection, given)
    if one is None:
        near = nearest(given.upper(), book.ids(connection))
        raise Problem(
            f"--finding: there is no finding '{safe(given)}'"
            + (f"; the nearest is '{near}'." if near else "; keiyaku findings list shows the ids.")
        )
    return one.id


def _status(given: str) -> "Status":
    from monitor.alerts.outbox import Status

    for one in Status:
        if given in (one.value, one.label):
            return one
    raise unknown(f"--status: there is no status '{safe(given)}'", given, [one.value for one in Status])


# --- how it is shown ----------------------------------------------------------------------------------------------


def _short(row: "Row[Any]", settings: "Settings") -> Iterator[str]:
    """Two lines of 80 columns, a third where there is something to say about its failure."""
    head = (
        f"{row.id:>5}  {_moment(row.created_at)}  {_padded(_label(row.status), 12)}  "
        f"{_contact(row, settings)}・{_kind(row.kind)}"
    )
    yield _cut(head)
    yield _cut(f"       {safe(row.subject)}")
    trouble = [f"{row.attempts}回送信"] if row.attempts else []
    trouble += [f"次は{_moment(row.next_attempt_at)}"] if row.next_attempt_at else []
    trouble += [safe(row.error)] if row.error else []
    if trouble and row.status != "sent":
        yield _cut("       " + "・".join(trouble))


def _long(row: "Row[Any]", subject: str, told: "Sequence[Telling]", settings: "Settings") -> Iterator[str]:
    from monitor.alerts.news import Topic

    lines = [
        ("番号", str(row.id)),
        ("鍵", row.key),
        ("件名", subject),
        ("宛先", _contact(row, settings)),
        ("種類", _kind(row.kind) + ("（休業時間も送る）" if row.urgent else "")),
        ("状態", _label(row.status)),
        ("作成", _moment(row.created_at)),
        ("送信", _moment(row.sent_at) if row.sent_at else ""),
        ("試行", f"{row.attempts}回"),
        ("次の試行", _moment(row.next_attempt_at) if row.next_attempt_at else ""),
        ("相手の答え", row.error or ""),
        ("相手の控え", row.provider_ref or ""),
    ]
    for label, value in lines:
        if value:
            yield f"{_padded(label, 12)}{safe(value)}"
    for shown, heading in ((True, "伝えた確認事項"), (False, "件数だけ伝えた確認事項")):
        held = [one for one in told if one.shown is shown]
        if held:
            yield f"{heading} {len(held):,}件"
        for one in held:
            topic = Topic(one.topic).label if one.topic in list(Topic) else one.topic
            yield f"  {one.finding_id}  {topic}  {safe(one.title)}"


def _contact(row: "Row[Any]", settings: "Settings") -> str:
    """Whom it is for, by which channel; the name alone if the settings no longer know it."""
    label = settings.contact(row.audience).label if row.audience in {*settings.contacts, *settings.channels} else ""
    name = label or row.audience or row.channel
    return safe(name if name == row.channel else f"{name}（{row.channel}）")


def _kind(kind: str) -> str:
    return {"alert": "確認事項のお知らせ", "digest": "週報", "notice": "管理者へのお知らせ"}.get(kind, kind)


def _label(status: str) -> str:
    from monitor.alerts.outbox import Status

    return Status(status).label


def _moment(moment: datetime) -> str:
    from monitor.place import JST

    return f"{moment.astimezone(JST):%Y-%m-%d %H:%M}"


def _cut(line: str) -> str:
    """The line as far as a narrow terminal shows it; Japanese letters take two columns."""
    from rich.cells import cell_len, set_cell_size

    return line if cell_len(line) <= _WIDTH else set_cell_size(line, _WIDTH - 2).rstrip() + "…"


def _padded(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text, width)


def _as_json(row: "Row[Any]", settings: "Settings") -> dict[str, Any]:
    """A message as other programs read it, without its body: a public shape, only ever added to."""
    times = ("created_at", "sent_at", "next_attempt_at")
    return {
        "id": row.id,
        "key": row.key,
        "contact": row.audience,
        "label": _contact(row, settings),
        "channel": row.channel,
        "kind": row.kind,
        "urgent": row.urgent,
        "status": row.status,
        "status_label": _label(row.status),
        "subject": row.subject if hasattr(row, "subject") else row.message["subject"],
        "attempts": row.attempts,
        **{name: getattr(row, name).isoformat() if getattr(row, name) else None for name in times},
        "reference": row.provider_ref,
        "error": row.error,
    }
