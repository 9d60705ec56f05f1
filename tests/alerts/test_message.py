"""A message as it lies in the outbox: it comes out as it went in, also from rows of an earlier version."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from monitor.alerts.answers import patience, redact, said, seconds
from monitor.alerts.message import Attachment, Message
from monitor.plain import visible
from tests.alerts.suite import NOW

ANY = st.text(max_size=50)  # lone surrogates and NUL too
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), ANY), lambda inner: st.dictionaries(ANY, inner) | st.lists(inner)
)


@given(ANY, ANY, st.one_of(st.none(), ANY), st.binary(), st.dictionaries(ANY, JSON), ANY)
def test_a_message_comes_out_as_it_went_in(subject, text, html, content, data, ref):
    attachment = Attachment("findings.xlsx", "application/octet-stream", content)
    message = Message(subject, text, html, None, (attachment,), data, ref, ref)
    stored = json.dumps(message.to_json(), ensure_ascii=False)
    assert Message.from_json(json.loads(stored)) == message
    stored.encode()  # no lone surrogates
    assert "\\u0000" not in stored.replace("\\\\", "")


def test_a_row_of_version_0_1_is_still_read():
    row = {
        "subject": "題",
        "text": "本文",
        "html": None,
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "本文"}}],
        "attachments": [["findings.csv", "text/csv", "\ufeff番号\r\n1\r\n"]],
    }
    message = Message.from_json(row)
    assert message.attachments == (Attachment("findings.csv", "text/csv", "\ufeff番号\r\n1\r\n".encode()),)
    assert (message.data, message.thread, message.replaces) == (None, "", "")
    assert Message.from_json(message.to_json()) == message


def test_hidden_marks_are_taken_out_of_what_people_read_and_left_in_what_machines_read():
    harm = "側溝\u202e\x00\x1b[31m\r\n修繕\ud800"
    message = Message(harm, harm, harm, [{"text": harm}], data={harm: [harm]})
    shown = "側溝[31m\n修繕"
    assert (message.subject, message.text, message.html, message.blocks) == (shown, shown, shown, [{"text": shown}])
    kept = "側溝\u202e\ufffd\x1b[31m\r\n修繕\ufffd"
    assert message.data == {kept: [kept]}


def test_what_is_visible_stays():
    text = "髙橋　①㈱\t\U00020bb7野 👨\u200d👩\u200d👧\nがぎ\u3099"
    assert visible(text) == text


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("契約.csv", "text/csv"), ("a/b.csv", "text/csv"), ("a.csv", "csv"), ("", "a/b"), ("a\r\n.csv", "text/csv"),
        (f"{'a' * 57}.csv", "text/csv"), ("a.eml", "message/rfc822"),
    ],
)  # fmt: skip
def test_an_attachment_s_name_is_short_ascii_or_refused(name, mime):
    with pytest.raises(ValueError, match="ASCII"):
        Message("題", "", attachments=(Attachment(name, mime, b""),))


# --- what is taken from an answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "nan", "inf", []])
def test_a_retry_after_that_is_no_number_of_seconds_is_no_number(value):
    assert seconds(value) is None


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("30", 30.0), ("Mon, 06 Jul 2026 00:00:30 GMT", 30.0), ("Mon, 06 Jul 2026 09:00:30 +0900", 30.0),
        ("Sun, 05 Jul 2026 00:00:00 GMT", 0.0), ("Mon, 06 Jul 2026 00:00:30 -0000", 30.0), ("soon", None), (None, None),
        ("Mon, 99 Jul 2026 00:00:30 GMT", None),
    ],
)  # fmt: skip
def test_a_retry_after_may_be_a_date(value, wait):
    assert patience(value, NOW) == wait


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("geheim", "no geheim here"),
        ("geheim", "Z2VoZWlt"),  # base64
        ('ge"he\\im', '{"echo": "ge\\"he\\\\im"}'),
        ("ge/he+im", "ge%2Fhe%2Bim"),
        ("https://hooks.example.jp/T/geheim?k=geheim", "POST /T/geheim failed; k=geheim"),
    ],
)
def test_a_secret_is_taken_out_in_every_form_in_which_it_may_come_back(secret, words):
    shown = redact(words, SecretStr(secret))
    assert "***" in shown
    for part in ("geheim", "Z2Vo", "ge%2F", 'ge\\"'):
        assert part not in shown


def test_a_cut_does_not_leave_half_a_secret():
    assert said("x" * 95 + "geheim", SecretStr("geheim"), longest=98) == "x" * 95 + "***"
    assert said("a\r\n b", SecretStr("")) == "a b"
