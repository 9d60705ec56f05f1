"""Slack over real sockets: what each answer means. What all channels share is in test_channel_suite.py."""

import json
import traceback
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from werkzeug import Request, Response

from monitor.alerts.channels import Outcome, SendError
from monitor.alerts.message import Message
from monitor.alerts.slack import Bot, Webhook
from monitor.alerts.slack_payload import MAX_TEXT, escape_slack, payload

PATH = "/services/T000/B000/geheim"
TOKEN = "xoxb-000-geheim"


@pytest.fixture
def webhook(httpserver):
    return Webhook(SecretStr(httpserver.url_for(PATH)), timeout=1)


@pytest.fixture
def bot(httpserver):
    return Bot(SecretStr(TOKEN), "#keiyaku", httpserver.url_for("/api/"), timeout=1)


def failed(channel, message) -> SendError:
    with pytest.raises(SendError) as caught:
        channel.send(message, "alert-1")
    assert "geheim" not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_a_webhook_that_says_ok_has_been_told_once(webhook, httpserver, message):
    httpserver.expect_oneshot_request(PATH, method="POST").respond_with_data("ok")
    assert webhook.send(message, "alert-1").note == ""
    body = httpserver.log[0][0].get_json()
    assert body["blocks"] == message.blocks
    assert body["text"].startswith("【新しい確認事項1】")
    assert "&lt;その1&gt; &amp; @\u2060channel" in body["text"]
    assert (body["mrkdwn"], body["unfurl_links"]) == (False, False)
    httpserver.check_assertions()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, '{"ok": false, "error": "channel_not_found"}', Outcome.DEAD),
        (200, "<html>portal</html>", Outcome.UNKNOWN),  # a proxy's page, or a server that is not Slack
        (400, "invalid_payload", Outcome.DEAD),
        (403, "action_prohibited", Outcome.DEAD),
        (404, "no_service", Outcome.DEAD),
        (410, "channel_is_archived", Outcome.DEAD),
        (500, "rollup_error", Outcome.RETRY),
        (502, "<html>Bad Gateway</html>", Outcome.RETRY),
        (503, "", Outcome.RETRY),
    ],
)
def test_each_answer_of_a_webhook_has_its_outcome_and_one_request(webhook, httpserver, message, status, body, outcome):
    httpserver.expect_request(PATH).respond_with_data(body, status=status)
    error = failed(webhook, message)
    assert (error.outcome, error.retry_after) == (outcome, None)
    assert len(httpserver.log) == 1
    assert str(status) in error.detail


@pytest.mark.parametrize(("header", "wait"), [("30", 30.0), ("0.5", 0.5), ("Mon, 06 Jul 2026 00:00:30 GMT", None)])
def test_a_busy_slack_is_asked_again_when_it_says(webhook, bot, httpserver, message, header, wait):
    httpserver.expect_request(PATH).respond_with_data("rate_limited", status=429, headers={"Retry-After": header})
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": header}
    )
    for channel in (webhook, bot):
        error = failed(channel, message)
        assert (error.outcome, error.retry_after) == (Outcome.RETRY, wait)
    assert len(httpserver.log) == 2


def test_a_slack_that_cannot_be_reached_is_tried_again(free_port, message):
    for url in (f"http://127.0.0.1:{free_port}{PATH}", f"http://geheim.invalid{PATH}"):
        error = failed(Webhook(SecretStr(url), timeout=2), message)
        assert error.outcome is Outcome.RETRY
        assert "could not be reached" in error.detail
    assert failed(Bot(SecretStr(TOKEN), "#a", f"http://127.0.0.1:{free_port}/", 2), message).outcome is Outcome.RETRY


def test_refused_blocks_are_followed_by_one_try_with_text_only(webhook, bot, httpserver, message):
    def picky(request: Request) -> Response:
        if "blocks" not in request.get_json():
            return Response('{"ok": true, "channel": "C1", "ts": "1.2"}' if "api" in request.path else "ok")
        if "api" in request.path:
            return Response('{"ok": false, "error": "invalid_blocks"}')
        return Response("invalid_blocks", status=400)

    httpserver.expect_request(PATH).respond_with_handler(picky)
    httpserver.expect_request("/api/chat.postMessage").respond_with_handler(picky)
    assert "sent as text" in webhook.send(message, "alert-1").note
    assert "invalid_blocks" in bot.send(message, "alert-1").note
    assert len(httpserver.log) == 4


def test_refused_blocks_are_not_tried_a_third_time(webhook, httpserver, message):
    httpserver.expect_request(PATH).respond_with_data("invalid_blocks", status=400)
    assert failed(webhook, message).outcome is Outcome.DEAD
    assert len(httpserver.log) == 2


def test_a_bot_gives_the_reference_and_sends_the_delivery_s_id(bot, httpserver, message):
    httpserver.expect_oneshot_request(
        "/api/chat.postMessage", method="POST", headers={"Authorization": f"Bearer {TOKEN}"}
    ).respond_with_json({"ok": True, "channel": "C1", "ts": "1720000000.000100"})
    assert bot.send(message, "alert-1").ref == "C1:1720000000.000100"
    body = httpserver.log[0][0].get_json()
    assert body["channel"] == "#keiyaku"
    assert body["metadata"]["event_payload"] == {"delivery_id": "alert-1"}


POSTED = {"ok": True, "channel": "C1", "ts": "1720000001.000200"}


def test_a_bot_replies_in_the_thread_of_an_earlier_message(bot, httpserver, message):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(POSTED)
    receipt = bot.send(replace(message, thread="C9:1720000000.000100"), "alert-2")
    assert (receipt.ref, receipt.note) == ("C1:1720000001.000200", "")
    body = httpserver.log[0][0].get_json()
    assert (body["channel"], body["thread_ts"]) == ("C9", "1720000000.000100")


def test_a_bot_takes_the_place_of_an_earlier_message(bot, httpserver, message):
    httpserver.expect_request("/api/chat.update").respond_with_json({**POSTED, "ts": "1720000000.000100"})
    receipt = bot.send(replace(message, replaces="C9:1720000000.000100", thread="C9:1.1"), "alert-2")
    assert receipt.ref == "C1:1720000000.000100"
    body = httpserver.log[0][0].get_json()
    assert (body["channel"], body["ts"], body["blocks"]) == ("C9", "1720000000.000100", message.blocks)
    assert (bot.can_replace, Webhook.can_replace) == (True, False)


@pytest.mark.parametrize(
    ("field", "error"),
    [("thread", "thread_not_found"), ("replaces", "message_not_found"), ("replaces", "edit_window_closed")],
)
def test_what_cannot_be_said_beside_an_earlier_message_is_said_in_one_of_its_own(
    bot, httpserver, message, field, error
):
    def gone(request: Request) -> Response:
        body = request.get_json()
        lost = "thread_ts" in body or "ts" in body
        return Response(json.dumps({"ok": False, "error": error} if lost else POSTED))

    httpserver.expect_request("/api/chat.postMessage").respond_with_handler(gone)
    httpserver.expect_request("/api/chat.update").respond_with_handler(gone)
    receipt = bot.send(replace(message, **{field: "C9:1720000000.000100"}), "alert-2")
    assert receipt.note == f"sent as a message of its own: Slack answered 200: {error}"
    assert [request.get_json()["channel"] for request, _ in httpserver.log] == ["C9", "#keiyaku"]


def test_both_blocks_and_place_may_be_refused_and_nothing_is_tried_a_fourth_time(bot, httpserver, message):
    def picky(request: Request) -> Response:
        body = request.get_json()
        error = "invalid_blocks" if body.get("blocks") else "cant_update_message" if "ts" in body else "invalid_blocks"
        return Response(json.dumps({"ok": False, "error": error}))

    httpserver.expect_request("/api/chat.update").respond_with_handler(picky)
    httpserver.expect_request("/api/chat.postMessage").respond_with_handler(picky)
    assert failed(bot, replace(message, replaces="C9:1720000000.000100")).outcome is Outcome.DEAD
    assert len(httpserver.log) == 3


@pytest.mark.parametrize("ref", ["<alert-1@example.jp>", "/var/messages/alert-1.eml", "C1", "C1:x"])
def test_a_reference_of_another_kind_of_channel_means_nothing_to_a_bot(bot, httpserver, message, ref):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(POSTED)
    bot.send(replace(message, thread=ref, replaces=ref), "alert-2")
    assert "thread_ts" not in httpserver.log[0][0].get_json()


def test_a_webhook_does_not_know_of_earlier_messages(webhook, httpserver, message):
    httpserver.expect_request(PATH).respond_with_data("ok")
    webhook.send(replace(message, thread="C9:1.1", replaces="C9:1.1"), "alert-2")
    assert httpserver.log[0][0].get_json() == payload(message)


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (200, {"ok": False, "error": "channel_not_found"}, Outcome.DEAD),
        (200, {"ok": False, "error": "invalid_auth"}, Outcome.DEAD),
        (200, {"ok": False, "error": "internal_error"}, Outcome.UNKNOWN),
        (200, {"ok": False, "error": "service_unavailable"}, Outcome.RETRY),
        (503, {"ok": False, "error": "x"}, Outcome.RETRY),
        (404, {"ok": False, "error": "x"}, Outcome.DEAD),
    ],
)
def test_each_answer_to_a_bot_has_its_outcome(bot, httpserver, message, status, answer, outcome):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(answer, status=status)
    error = failed(bot, message)
    assert error.outcome is outcome
    assert answer["error"] in error.detail


@pytest.mark.parametrize(("status", "outcome"), [(200, Outcome.UNKNOWN), (502, Outcome.RETRY), (403, Outcome.DEAD)])
def test_a_page_that_is_not_slack_s_has_its_outcome_too(bot, httpserver, message, status, outcome):
    httpserver.expect_request("/api/chat.postMessage").respond_with_data("<html>proxy</html>", status=status)
    assert failed(bot, message).outcome is outcome


def test_an_answer_in_a_broken_encoding_means_that_nobody_knows(webhook, httpserver, message):
    httpserver.expect_request(PATH).respond_with_data("認証".encode("cp932"), content_type="text/html; charset=utf-8")
    assert failed(webhook, message).outcome is Outcome.UNKNOWN


@given(st.text())
def test_escaped_text_can_neither_link_nor_call_anyone(text):
    escaped = escape_slack(text)
    assert "<" not in escaped
    assert ">" not in escaped
    shown = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\u2060", "")
    assert shown == text.replace("\u2060", "")


@pytest.mark.parametrize("text", ["<!channel>", "@channel", "<@U1>", "@here", "<!subteam^S1>", "@Everyone"])
def test_nobody_is_called(text):
    assert "@channel" not in escape_slack(text)
    assert "!channel" not in escape_slack(text)
    assert escape_slack(text) != text


def test_an_address_is_left_alone():
    assert escape_slack("keiyaku@heron.example.jp") == "keiyaku@heron.example.jp"


def test_a_text_beyond_slack_s_limit_says_that_it_was_cut():
    text = payload(Message("題", "&" * 30_000))["text"]
    assert len(text) <= MAX_TEXT
    assert text.endswith("（長いため、以降を省略しました）")


def test_the_payload_is_json(message):
    assert json.loads(json.dumps(payload(message)))["blocks"] == message.blocks
    assert "blocks" not in payload(message, with_blocks=False)
