"""Mail: the bytes that are built, and what a real SMTP server means. What all channels share is in test_channel_suite.py."""

import email
import email.policy
import ssl
import time
import traceback
from dataclasses import replace
from datetime import datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from monitor.alerts import mail
from monitor.alerts.channels import Outcome, SendError
from monitor.alerts.message import Attachment, Message
from monitor.settings import Smtp
from tests.alerts.servers import Desk, mail_server

DATE = datetime(2026, 7, 6, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
SENDER = "契約 モニター <keiyaku@example.jp>"
ANYONE = ("a@example.jp", "監査 課 <b@example.jp>")


def parsed(message: Message, *, sender: str = SENDER, to: tuple[str, ...] = ANYONE) -> EmailMessage:
    content = mail.build(message, sender, to, "alert-1", DATE).as_bytes()
    return email.message_from_bytes(content, policy=email.policy.default)


# --- what is built ---------------------------------------------------------------------------------------------------


def test_a_mail_says_the_same_as_the_message_text_first_then_html_then_attachments(message):
    read = parsed(message)
    assert read["Subject"] == message.subject
    assert read.get_content_type() == "multipart/mixed"
    alternative, attachment = read.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in alternative.iter_parts())
    assert (text.replace("\r\n", "\n"), html.strip()) == (message.text, message.html)
    assert attachment.get_filename() == "findings.csv"
    assert attachment.get_payload(decode=True) == message.attachments[0].content
    assert read.defects == []


def test_a_mail_names_sender_recipients_date_and_itself_and_says_that_it_is_a_machine_s(message):
    read = parsed(message)
    assert str(read["From"].addresses[0].display_name) == "契約 モニター"
    assert [address.addr_spec for address in read["To"].addresses] == ["a@example.jp", "b@example.jp"]
    assert read["To"].addresses[1].display_name == "監査 課"
    assert read["Date"].datetime == DATE
    assert read["Message-ID"] == "<alert-1@example.jp>"
    assert (read["Auto-Submitted"], read["Precedence"]) == ("auto-generated", "bulk")
    assert read["List-Id"] == "<keiyaku-monitor.example.jp>"
    assert read["In-Reply-To"] is None


@pytest.mark.parametrize("thread", ["<alert-1@example.jp>", f"<{'a' * 73}@{'b' * 100}.example.jp>"])
def test_a_mail_that_follows_up_another_says_so_in_one_piece(message, thread):
    mail_ = mail.build(replace(message, thread=thread), SENDER, ANYONE, "a" * 73, DATE).as_bytes()
    read = email.message_from_bytes(mail_, policy=email.policy.default)
    assert (read["In-Reply-To"], read["References"]) == (thread, thread)
    assert thread.encode() in mail_
    assert b"<" + b"a" * 73 + b"@example.jp>" in mail_
    assert read.defects == []


@pytest.mark.parametrize(
    "thread",
    ["C1:1720000000.000100", "/var/messages/a.eml", "<a@b>\r\nBcc: x@example.jp", "<a b@c>", "<契約@b>", "<a@b"],
)
def test_a_reference_that_is_no_message_id_is_not_in_the_mail(message, thread):
    assert parsed(replace(message, thread=thread)).keys() == parsed(message).keys()


def test_the_same_message_makes_the_same_bytes_and_another_delivery_another_boundary(message):
    build = [mail.build(message, SENDER, ANYONE, name, DATE).as_bytes() for name in ("alert-1", "alert-1", "alert-2")]
    assert build[0] == build[1]
    assert build[0] != build[2]


def test_every_line_keeps_to_the_length_that_mail_servers_take_and_to_ascii(message):
    content = mail.build(message, SENDER, ANYONE * 20, "alert-1", DATE).as_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")


JAPANESE = st.text(
    alphabet=st.one_of(
        st.sampled_from("契約点検髙①㈱ABC 12-\u3000【】<>,;:=?_\"'"), st.characters(min_codepoint=0x3000, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x20000, max_codepoint=0x20FFF), st.sampled_from("👨\u200d👩がぱ\u3099ｶﾞ"),
    ),
    max_size=120,
)  # fmt: skip


@given(JAPANESE)
def test_a_subject_arrives_as_it_was_written_spaces_included(text):
    wanted = mail.subject(text)
    content = mail.build(Message(text, ""), SENDER, ANYONE, "alert-1", DATE).as_bytes()
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert str(read["Subject"]) == wanted
    assert max(map(len, content.split(b"\r\n"))) <= 78
    old = email.message_from_bytes(content)["Subject"]  # as programs do that decode word by word
    assert str(make_header(decode_header(old))) == wanted


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_subject_can_add_a_header_or_stop_the_mail(text):
    read = parsed(Message(text, "本文"))
    assert read.keys() == parsed(Message("題", "本文")).keys()
    assert len(read["Subject"]) <= mail.MAX_SUBJECT


def test_a_subject_with_line_breaks_becomes_one_line_and_a_long_one_is_shortened():
    assert mail.subject("側溝\r\nBcc: x@example.jp\u2028修繕") == "側溝 Bcc: x@example.jp 修繕"
    assert mail.subject("あ" * 10_000) == "あ" * 99 + "…"
    assert mail.subject("側溝\u202e\u200f\x00修繕\u2066 ") == "側溝修繕"


def test_a_mail_without_html_is_plain_text_and_one_without_recipients_says_so():
    read = parsed(Message("題", "本文\n"), to=())
    assert (read.get_content_type(), read.get_content()) == ("text/plain", "本文\r\n")
    assert read["To"] == "undisclosed-recipients:;"


@given(
    st.binary(max_size=300), st.sampled_from(["text/csv", "text/html", "application/json", "application/octet-stream"])
)
def test_an_attachment_arrives_byte_by_byte_whatever_it_is(content, mime):
    read = parsed(Message("題", "本文", attachments=(Attachment("a.bin", mime, content),)))
    _, attachment = read.iter_parts()
    assert (attachment.get_content_type(), attachment.get_payload(decode=True)) == (mime, content)
    assert attachment.get_filename() == "a.bin"


def test_an_attachment_s_name_of_any_allowed_length_is_written_in_one_piece():
    content = mail.build(
        Message("題", "", attachments=(Attachment(f"{'a' * 55}.xlsx", "application/json", b""),)),
        SENDER,
        ANYONE,
        "d",
        DATE,
    ).as_bytes()
    assert b'filename="' + b"a" * 55 + b'.xlsx"' in content
    assert b"filename*" not in content


# --- what servers answer ---------------------------------------------------------------------------------------------


@pytest.fixture
def serve(free_port):
    """Starts a mail server with a desk; returns the settings that reach it."""
    started = []

    def start(desk: Desk, *, security: str = "none", host: str = "127.0.0.1", **more) -> Smtp:
        ours = {key: more.pop(key) for key in ("ca_file", "username", "recipients") if key in more}
        started.append(mail_server(desk, free_port, host=host, **more))
        return Smtp(
            kind="smtp", host="localhost" if security != "none" else host, port=free_port, security=security,
            sender=SENDER, recipients=ours.pop("recipients", ANYONE), **ours,
        )  # fmt: skip

    yield start
    for controller in started:
        controller.stop()


def channel(server: Smtp, password: str = "", timeout: int = 2) -> mail.Mail:
    return mail.Mail(server, SecretStr(password), timeout, lambda: DATE)


def failed(server: Smtp, message: Message, password: str = "", timeout: int = 2) -> SendError:
    with pytest.raises(SendError) as caught:
        channel(server, password, timeout).send(message, "alert-1")
    assert "geheim" not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_a_mail_that_is_accepted_is_the_mail_that_was_built(serve, message):
    desk = Desk()
    receipt = channel(serve(desk)).send(message, "alert-1")
    assert (receipt.ref, receipt.note) == ("<alert-1@example.jp>", "")
    assert desk.taken == [mail.build(message, SENDER, ANYONE, "alert-1", DATE).as_bytes()]


@pytest.mark.parametrize(("answer", "outcome"), [("451 try later", Outcome.RETRY), ("550 no", Outcome.DEAD)])
def test_a_mail_that_is_refused_is_tried_again_or_not_as_the_server_says(serve, message, answer, outcome):
    error = failed(serve(Desk(answer)), message)
    assert (error.outcome, error.detail) == (outcome, f"the mail server answered {answer}")


def smtp_until(word: bytes):
    """A server that answers until it hears a word; then it is silent until the other side goes."""

    def answer(connection, heard):
        connection.sendall(b"220 here\r\n")
        while chunk := connection.recv(65536):
            heard.append(chunk)
            if word in chunk:
                continue
            connection.sendall(b"354 go on\r\n" if chunk.startswith(b"DATA") else b"250 OK\r\n")

    return answer


def test_silence_after_the_mail_means_that_nobody_knows(line, message):
    silent = line(smtp_until(b"\r\n.\r\n"))
    server = Smtp(kind="smtp", host="127.0.0.1", port=silent.port, security="none", sender=SENDER, recipients=ANYONE)
    assert failed(server, message, timeout=1).outcome is Outcome.UNKNOWN
    assert silent.heard[-1].endswith(b"\r\n.\r\n")


@pytest.mark.parametrize("word", [b"ehlo", b"mail FROM", b"rcpt TO", b"DATA"])
def test_silence_before_the_mail_is_tried_again(line, message, word):
    silent = line(smtp_until(word))
    server = Smtp(kind="smtp", host="127.0.0.1", port=silent.port, security="none", sender=SENDER, recipients=ANYONE)
    assert failed(server, message, timeout=1).outcome is Outcome.RETRY


def test_a_server_that_never_greets_or_is_not_there_is_tried_again(line, message, free_port):
    mute = line(lambda connection, heard: heard.append(connection.recv(1)))
    for port in (mute.port, free_port):
        server = Smtp(kind="smtp", host="127.0.0.1", port=port, security="none", sender=SENDER, recipients=ANYONE)
        started = time.monotonic()
        assert failed(server, message, timeout=1).outcome is Outcome.RETRY
        assert time.monotonic() - started < 5


def test_a_server_that_is_closing_down_is_tried_again(line, message):
    closing = line(lambda connection, heard: connection.sendall(b"421 closing\r\n"))
    server = Smtp(kind="smtp", host="127.0.0.1", port=closing.port, security="none", sender=SENDER, recipients=ANYONE)
    assert failed(server, message).outcome is Outcome.RETRY


@pytest.mark.parametrize(("first", "outcome"), [("450 busy", Outcome.RETRY), ("550 unknown", Outcome.DEAD)])
def test_if_all_recipients_are_refused_nothing_was_told(serve, message, first, outcome):
    desk = Desk(refused={"a@example.jp": first, "b@example.jp": "550 unknown"})
    error = failed(serve(desk), message)
    assert error.outcome is outcome
    assert first in error.detail
    assert desk.taken == []


# --- TLS and login ---------------------------------------------------------------------------------------------------


@pytest.fixture
def context(certificate):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made


def tls_options(security: str, context: ssl.SSLContext) -> dict:
    return {"tls_context": context} if security == "starttls" else {"ssl_context": context}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_trusted_certificate_is_accepted(serve, message, certificate, context, security):
    desk = Desk()
    server = serve(desk, security=security, ca_file=certificate[0], host="localhost", **tls_options(security, context))
    channel(server).send(message, "alert-1")
    assert len(desk.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_gets_nothing(serve, message, context, security):
    desk = Desk()
    controller_options = {"host": "localhost", **tls_options(security, context)}
    error = failed(serve(desk, security=security, **controller_options), message)
    assert error.outcome is Outcome.RETRY
    assert "certificate verify failed" in error.detail
    assert desk.taken == []


def test_a_certificate_for_another_host_gets_nothing(serve, message, certificate, context):
    desk = Desk()
    server = serve(desk, security="starttls", ca_file=certificate[0], host="127.0.0.2", tls_context=context)
    error = failed(server.model_copy(update={"host": "127.0.0.2"}), message)
    assert "certificate verify failed" in error.detail
    assert desk.taken == []


def test_a_server_that_does_not_offer_starttls_gets_neither_mail_nor_password(serve, message):
    desk = Desk()
    server = serve(desk, security="starttls", host="localhost", username="u", auth_require_tls=False)
    error = failed(server, message, password="geheim")
    assert error.outcome is Outcome.RETRY
    assert "STARTTLS" in error.detail
    assert desk.taken == []


@pytest.mark.parametrize(("password", "accepted"), [("geheim", True), ("geheim2", False)])
def test_a_login_is_made_inside_tls_and_a_wrong_password_is_for_a_person(
    serve, message, certificate, context, password, accepted
):
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"geheim", handled=False)

    desk = Desk()
    options = {"authenticator": authenticate, "auth_required": True, "tls_context": context}
    server = serve(desk, security="starttls", ca_file=certificate[0], host="localhost", username="u", **options)
    if accepted:
        channel(server, password).send(message, "alert-1")
        assert len(desk.taken) == 1
    else:
        error = failed(server, message, password)
        assert error.outcome is Outcome.DEAD
        assert "535" in error.detail
        assert desk.taken == []
