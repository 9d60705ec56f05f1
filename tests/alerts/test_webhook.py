"""The generic webhook: what is posted, that a receiver can check it, what each answer means."""

import hashlib
import hmac
import json
import re
import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.alerts import webhook
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.webhook import SignedWebhook
from monitor.problems import Problem
from monitor.settings import Webhook
from tests.alerts.servers import Http, response
from tests.alerts.suite import NOW

KEY = "geheim-0123456789abcdef"
README = Path(webhook.__file__).with_name("README.md")


@pytest.fixture
def serve():
    """Starts a server with one answer; returns it."""
    started = []

    def start(answer: bytes | None, **options) -> Http:
        started.append(Http(lambda _heard: answer, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def channel(server: Http, **more) -> SignedWebhook:
    url = more.pop("url", f"http://127.0.0.1:{server.port}/hook")
    return SignedWebhook(Webhook(kind="webhook", url=url, **more), SecretStr(KEY), 1, lambda: NOW)


def failed(server: Http, message, **more) -> SendError:
    with pytest.raises(SendError) as caught:
        channel(server, **more).send(message, "alert-1")
    return caught.value


def test_what_is_posted_is_json_with_the_data_for_machines(serve, message):
    server = serve(response(204))
    assert channel(server).send(message, "alert-1") == Receipt("")
    (heard,) = server.heard
    assert json.loads(heard.body) == {
        "delivery": "alert-1", "subject": message.subject, "text": message.text, "data": dict(message.data),
    }  # fmt: skip
    assert heard.target == "/hook"
    assert heard.headers["idempotency-key"] == "alert-1"
    assert heard.headers["x-keiyaku-timestamp"] == str(int(NOW.timestamp()))


def genuine(key: bytes, headers: dict[str, str], body: bytes, now: float) -> bool:
    """A receiver that has copied the lines of the README."""
    (lines,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(lines.strip().splitlines()) == 3
    names = {"hmac": hmac, "hashlib": hashlib, "KEY": key, "headers": headers, "body": body, "now": now}
    exec(lines, names)
    return names["genuine"]


def test_a_receiver_that_copies_three_lines_knows_a_genuine_delivery(serve, message):
    server = serve(response(200))
    channel(server).send(message, "alert-1")
    (heard,) = server.heard
    headers = {"X-Keiyaku-Timestamp": heard.headers["x-keiyaku-timestamp"],
               "X-Keiyaku-Signature": heard.headers["x-keiyaku-signature"]}  # fmt: skip
    now = NOW.timestamp()
    assert genuine(KEY.encode(), headers, heard.body, now)
    assert not genuine(b"another", headers, heard.body, now)
    assert not genuine(KEY.encode(), headers, heard.body + b" ", now)
    assert not genuine(KEY.encode(), {**headers, "X-Keiyaku-Timestamp": str(int(now) + 1)}, heard.body, now)
    assert not genuine(KEY.encode(), headers, heard.body, now + 301)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (301, Outcome.DEAD), (307, Outcome.DEAD), (400, Outcome.DEAD), (401, Outcome.DEAD), (403, Outcome.DEAD),
        (404, Outcome.DEAD), (408, Outcome.RETRY), (410, Outcome.DEAD), (413, Outcome.DEAD), (425, Outcome.RETRY),
        (429, Outcome.RETRY), (500, Outcome.RETRY), (501, Outcome.RETRY), (502, Outcome.RETRY), (503, Outcome.RETRY),
        (504, Outcome.RETRY), (101, Outcome.UNKNOWN),
    ],
)  # fmt: skip
def test_each_answer_has_its_outcome_and_one_request(serve, message, status, outcome):
    server = serve(response(status, "why", Location="http://127.0.0.1:1/elsewhere", Retry_After="soon"))
    error = failed(server, message)
    assert (error.outcome, error.retry_after) == (outcome, None)
    assert str(status) in error.detail
    assert len(server.heard) == 1


def test_a_redirect_is_not_followed_and_says_what_to_do(serve, message):
    elsewhere = serve(response(200))
    server = serve(response(302, Location=f"http://127.0.0.1:{elsewhere.port}/"))
    assert "redirects are not followed" in failed(server, message).detail
    assert elsewhere.heard == []


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", response(200, "x" * 1_000_000)])
def test_once_the_status_has_come_the_rest_of_the_answer_does_not_matter(serve, message, answer):
    server = serve(answer)
    assert channel(server).send(message, "alert-1") == Receipt("")


def test_a_refusal_without_its_body_or_with_a_huge_one_is_still_a_refusal(serve, message):
    for answer in (
        b"HTTP/1.1 400 X\r\nContent-Length: 9\r\n\r\n",
        response(400, "字" * 1_000_000),
        b"HTTP/1.1 400 X\r\n\r\n\xff\xfe",
    ):
        error = failed(serve(answer), message)
        assert error.outcome is Outcome.DEAD
        assert len(error.detail) < 200


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 2", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_an_answer_that_is_not_http_means_that_nobody_knows(serve, message, answer):
    assert failed(serve(answer), message).outcome is Outcome.UNKNOWN


def test_the_settings_say_whether_a_repeated_delivery_is_harmless(serve):
    server = serve(response(200))
    assert (channel(server).idempotent, channel(server, repeats=True).idempotent) == (False, True)
    assert SignedWebhook.can_replace is False


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def wrap(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return lambda connection: context.wrap_socket(connection, server_side=True)


def test_a_trusted_certificate_is_accepted(serve, message, certificate, wrap):
    server = serve(response(200), wrap=wrap)
    url = f"https://localhost:{server.port}/hook"
    assert channel(server, url=url, ca_file=certificate[0]).send(message, "alert-1") == Receipt("")
    assert len(server.heard) == 1


@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", False), ("127.0.0.2", True)])
def test_a_certificate_that_nobody_vouches_for_or_of_another_host_gets_nothing_and_is_tried_again(
    serve, message, certificate, wrap, host, trusted
):
    server = serve(response(200), wrap=wrap, host=host)
    more = {"ca_file": certificate[0]} if trusted else {}
    error = failed(server, message, url=f"https://{host}:{server.port}/hook", **more)
    assert error.outcome is Outcome.RETRY
    assert "certificate verify failed" in error.detail
    assert server.heard == []


def test_a_ca_file_that_cannot_be_read_is_a_problem_that_costs_no_attempt(serve, tmp_path):
    for content in (None, "no certificate"):
        file = tmp_path / "ca.pem"
        if content:
            file.write_text(content)
        with pytest.raises(Problem, match=r"ca_file .*ca\.pem"):
            channel(serve(response(200)), ca_file=file)
