"""Slack over real sockets: what each answer means, and that the secret shows nowhere."""

import json
import logging
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from werkzeug import Request, Response

from monitor.alerts.channels import Outcome, SendError
from monitor.alerts.message import Message
from monitor.alerts.slack import Bot, Webhook, escape_slack, fit_blocks, payload, seconds
from monitor.alerts.slack_payload import MAX_TEXT

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


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "nan", "inf", []])
def test_a_retry_after_that_is_no_number_of_seconds_is_no_number(value):
    assert seconds(value) is None


def test_no_answer_in_time_means_that_nobody_knows(line, message):
    silent = line(lambda connection, heard: heard.extend(iter(lambda: connection.recv(65536), b"")))
    url = f"http://127.0.0.1:{silent.port}"
    assert failed(Webhook(SecretStr(url + PATH), timeout=1), message).outcome is Outcome.UNKNOWN
    assert failed(Bot(SecretStr(TOKEN), "#a", url + "/api/", timeout=1), message).outcome is Outcome.UNKNOWN


def test_a_line_cut_after_the_request_means_that_nobody_knows(line, message):
    cut = line(lambda connection, heard: heard.append(connection.recv(65536)))
    error = failed(Webhook(SecretStr(f"http://127.0.0.1:{cut.port}{PATH}"), timeout=2), message)
    assert error.outcome is Outcome.UNKNOWN
    assert cut.heard


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


def test_the_secret_is_in_no_log_record_and_no_output(webhook, bot, httpserver, message, free_port, caplog, capfd):
    httpserver.expect_request(PATH).respond_with_handler(lambda request: Response(request.url, status=500))
    httpserver.expect_request("/api/chat.postMessage").respond_with_handler(
        lambda request: Response(request.headers["Authorization"], status=403)
    )
    unreachable = Webhook(SecretStr(f"http://127.0.0.1:{free_port}{PATH}"), timeout=1)
    for name in ("", "slack_sdk", "slack_sdk.webhook.client", "slack_sdk.web.base_client"):
        caplog.set_level(logging.DEBUG, name)
    for channel in (webhook, bot, unreachable):
        error = failed(channel, message)
        assert "geheim" not in repr(error) + error.detail + repr(vars(channel))
    ours_said = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the test's own server
    assert "geheim" not in "\n".join(ours_said)
    assert "geheim" not in "".join(capfd.readouterr())


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


def section(length: int) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "字" * length}}


def test_blocks_within_slack_s_limits_pass_as_they_are():
    for blocks in ([section(3000)] * 4, [section(1)] * 50, []):
        assert fit_blocks(blocks) is blocks


@pytest.mark.parametrize(
    "blocks",
    [
        [section(1)] * 51,
        [section(3001)],
        [section(0)],
        [section(3000)] * 4 + [section(1)],
        [{"type": "header", "text": {"type": "plain_text", "text": "字" * 151}}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "字" * 2001}]}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "字"}] * 11}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "字"}] * 11}],
    ],
)
def test_blocks_beyond_slack_s_limits_are_refused_before_they_are_planned(blocks):
    with pytest.raises(ValueError, match=r"at most|expected"):
        fit_blocks(blocks)


def test_a_text_beyond_slack_s_limit_says_that_it_was_cut():
    text = payload(Message("題", "&" * 30_000))["text"]
    assert len(text) <= MAX_TEXT
    assert text.endswith("（長いため、以降を省略しました）")


def test_the_payload_is_json(message):
    assert json.loads(json.dumps(payload(message)))["blocks"] == message.blocks
    assert "blocks" not in payload(message, with_blocks=False)
