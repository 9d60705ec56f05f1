"""What follows up an earlier message: a bot answers in its thread, and says in its place when all of it is over."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine
from werkzeug import Request, Response

from monitor import answering, jobs
from monitor.findings import book
from monitor.findings.decisions import Decision
from monitor.findings.lifecycle import State
from monitor.run import Options
from monitor.settings import load
from tests.support import NOW, contract, organization, store

DAY = date(2026, 7, 5)


class Slack:
    """Answers as Slack does and keeps what it is told: (method, body)."""

    def __init__(self, server: HTTPServer) -> None:
        self.told: list[tuple[str, dict[str, object]]] = []
        for method in ("chat.postMessage", "chat.update"):
            server.expect_request(f"/api/{method}").respond_with_handler(self.answer)
        self.url = server.url_for("/api/")

    def answer(self, request: Request) -> Response:
        body = request.get_json() or {}
        self.told.append((request.path.rpartition("/")[2], body))
        ts = body.get("ts") or f"17.{len(self.told)}"
        return Response(f'{{"ok": true, "channel": "C1", "ts": "{ts}"}}', content_type="application/json")


@pytest.fixture
def slack(httpserver: HTTPServer) -> Slack:
    return Slack(httpserver)


def place(engine: Engine, folder: Path, slack: Slack, days: int) -> jobs.Place:
    config = folder / "monitor.toml"
    config.write_text(
        f'default = ["bot"]\n[hold]\nfirst = false\n[channels.bot]\nkind = "slack-bot"\nchannel = "#k"\nurl = "{slack.url}"\n'
    )
    return jobs.Place(engine, load(config, {}), {"KEIYAKU_BOT": "xoxb-1"}, lambda: NOW + timedelta(days=days))


def run(here: jobs.Place, days: int) -> jobs.Ran:
    return jobs.run_checks(here, jobs.world(here.settings), Options(DAY + timedelta(days=days)), deliver=True)


def test_the_end_of_all_that_a_message_told_is_said_there(engine: Engine, tmp_path: Path, slack: Slack) -> None:
    pieces = [contract(n, date(2026, 6, n)) for n in (1, 2, 3)]
    store(engine, organizations=[organization()], contracts=pieces)
    run(place(engine, tmp_path, slack, 0), 0)
    store(engine, contracts=[{**piece, "cancelled_on": DAY} for piece in pieces])
    run(place(engine, tmp_path, slack, 1), 1)
    methods = [method for method, _ in slack.told]
    assert methods == ["chat.postMessage", "chat.postMessage", "chat.update"]
    first, answer, update = (body for _, body in slack.told)
    assert "thread_ts" not in first
    assert (answer["thread_ts"], update["ts"]) == ("17.1", "17.1")
    assert str(update["text"]).startswith("【完了】【新規1】")
    run(place(engine, tmp_path, slack, 2), 2)
    store(engine, contracts=[contract(n, date(2026, 6, n), department="公園課") for n in (7, 8, 9)])
    run(place(engine, tmp_path, slack, 3), 3)
    assert [method for method, _ in slack.told[3:]] == ["chat.postMessage"]  # said once, whatever comes later


def test_what_people_have_closed_is_over_too_although_there_is_no_news(
    engine: Engine, tmp_path: Path, slack: Slack
) -> None:
    store(engine, organizations=[organization()], contracts=[contract(n, date(2026, 6, n)) for n in (1, 2, 3)])
    run(place(engine, tmp_path, slack, 0), 0)
    with engine.connect() as connection:
        (one,) = book.everything(connection)
    here = place(engine, tmp_path, slack, 1)
    answering.decide(here, [one.id], Decision(State.DISMISSED, "山田", "別の工事"))
    run(here, 1)
    assert [method for method, _ in slack.told] == ["chat.postMessage", "chat.update"]


def test_new_matter_is_no_answer(engine: Engine, tmp_path: Path, slack: Slack) -> None:
    pieces = [contract(n, date(2026, 6, n)) for n in (1, 2, 3)]
    store(engine, organizations=[organization()], contracts=pieces)
    run(place(engine, tmp_path, slack, 0), 0)
    others = [
        contract(
            n, date(2026, 6, n), title="街路樹剪定", vendors="例示造園(株)", vendor_numbers="", department="公園課"
        )
        for n in (14, 15, 16)
    ]
    store(engine, contracts=[*({**piece, "cancelled_on": DAY} for piece in pieces), *others])
    run(place(engine, tmp_path, slack, 1), 1)
    (_, _first), (_, second), *_ = slack.told
    assert "新規2・解消1" in str(second["text"])  # a split, and what kept its vendor from being known
    assert "thread_ts" not in second
