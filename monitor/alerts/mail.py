"""Mail: one pure function builds it, one class sends it by SMTP with verified TLS.

Japanese headers are encoded by email.header.Header, not by EmailMessage: Python 3.11 loses spaces when it folds them
(cpython gh-92081), and a wider line would make encoded words and base64 lines longer than RFC 2047 and 2045 allow.
"""

import base64
import contextlib
import hashlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from monitor.alerts import answers
from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Attachment, Message
from monitor.plain import visible
from monitor.settings import TIMEZONE, Smtp

MAX_SUBJECT: Final = 100  # characters; mail programs show about 60
_POLICY: Final = SMTP.clone(refold_source="none")  # refolding makes an encoded word of a Message-ID that is long
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9._+-]{1,120}@[A-Za-z0-9.-]{1,120}>")


def build(message: Message, sender: str, recipients: Sequence[str], delivery_id: str, date: datetime) -> EmailMessage:
    """The mail, the same bytes for the same arguments. ``date`` has a zone; addresses may have display names."""
    mail = EmailMessage(policy=_POLICY)
    mail.set_raw("From", _address(sender, "From"))
    mail.set_raw("To", ",\r\n ".join(_address(each, "To") for each in recipients) or "undisclosed-recipients:;")
    mail.set_raw("Subject", Header(subject(message.subject), "utf-8", header_name="Subject").encode(linesep="\r\n"))
    mail["Date"] = format_datetime(date)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{delivery_id}@{domain}>"
    if _MESSAGE_ID.fullmatch(message.thread):
        mail.set_raw("In-Reply-To", message.thread)
        mail.set_raw("References", message.thread)
    mail.set_raw("List-Id", f"<keiyaku-monitor.{domain}>")
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail.set_content(message.text, cte="base64")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="base64")
    for attachment in message.attachments:
        _attach(mail, attachment)
    name = hashlib.sha256(delivery_id.encode()).hexdigest()[:24]
    for i, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{name}_{i}")  # "=_" cannot occur in base64
    return mail


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    """The bytes as they are; a text says that it is UTF-8 if it is."""
    kind, _, subtype = attachment.mime.partition("/")
    parameters = {}
    if kind == "text":
        with contextlib.suppress(UnicodeDecodeError):
            attachment.content.decode()
            parameters = {"charset": "utf-8"}
    mail.add_attachment(
        attachment.content, maintype=kind, subtype=subtype, filename=attachment.filename, params=parameters
    )


def subject(text: str) -> str:
    """A subject on one line and not too long; without this one line break in a contract's title would stop the mail."""
    line = re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", visible(text)).strip()
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1] + "…"


def _address(text: str, header: str) -> str:
    name, address = parseaddr(text)
    if name.isascii():
        return formataddr((name, address))
    encoded = Header(name, "utf-8", header_name=header).encode(linesep="\r\n")
    return f"{encoded}\r\n <{address}>"


class Mail:
    """A mail server. The reference is the Message-ID."""

    idempotent = False
    can_replace = False

    def __init__(self, server: Smtp, password: SecretStr, timeout: int, now: Callable[[], datetime]) -> None:
        self._server = server
        self._password = password
        self._timeout = timeout
        self._now = now

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Send one mail to all recipients of the channel; the refused ones are named in the receipt."""
        date = self._now().astimezone(ZoneInfo(TIMEZONE))
        mail = build(message, self._server.sender, self._server.recipients, delivery_id, date)
        with self._before_data():
            smtp = self._connect()
        try:
            with self._before_data():
                refused = self._envelope(smtp)
            self._data(smtp, mail.as_bytes())
        finally:
            _leave(smtp)
        note = "; ".join(f"{address} ({answer})" for address, answer in refused)
        return Receipt(ref=str(mail["Message-ID"]), note=f"refused: {note}" if note else "", refused=refused)

    def _connect(self) -> smtplib.SMTP:
        """A connection that is encrypted with a verified certificate, unless the settings say none, and logged in."""
        host, port = self._server.address
        context = ssl.create_default_context(cafile=self._server.ca_file)
        if self._server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self._timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, timeout=self._timeout)
        try:
            if self._server.security == "starttls":
                smtp.starttls(context=context)  # raises where it is not offered: nothing goes out in clear
            if self._server.username:
                smtp.login(self._server.username, self._password.get_secret_value())
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _envelope(self, smtp: smtplib.SMTP) -> tuple[tuple[str, str], ...]:
        """MAIL and RCPT; returns the refused recipients, each with the server's words."""
        smtp.ehlo_or_helo_if_needed()
        code, text = smtp.mail(parseaddr(self._server.sender)[1])
        if code != 250:
            raise smtplib.SMTPResponseException(code, text)
        addresses = dict.fromkeys(parseaddr(recipient)[1] for recipient in self._server.recipients)
        refused = {}
        for address in addresses:
            code, text = smtp.rcpt(address)
            if code not in (250, 251):
                refused[address] = (code, text)
        if len(refused) == len(addresses):
            # one that may be accepted later is reason enough to come back
            code, text = min(refused.values(), key=lambda answer: answer[0])
            raise smtplib.SMTPResponseException(code, text)
        return tuple((address, self._said(*answer)) for address, answer in refused.items())

    def _data(self, smtp: smtplib.SMTP, content: bytes) -> None:
        """DATA and the mail: once its last line has left, a lost connection means that nobody knows."""
        with self._before_data():
            code, text = smtp.docmd("DATA")
            if code != 354:
                raise smtplib.SMTPDataError(code, text)
        try:
            smtp.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._failed(Outcome.UNKNOWN, "no answer after the mail was sent", error) from None
        if code != 250:
            raise self._answered(code, text)

    @contextlib.contextmanager
    def _before_data(self) -> Iterator[None]:
        """Failures before DATA: certainly not sent."""
        try:
            yield
        except smtplib.SMTPResponseException as error:
            raise self._answered(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            why = "the mail server does not offer what the settings ask for"
            raise self._failed(Outcome.RETRY, why, error) from None
        except ssl.SSLError as error:
            raise self._failed(Outcome.RETRY, "no trusted connection to the mail server", error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._failed(Outcome.RETRY, "the mail server could not be reached", error) from None

    def _answered(self, code: int, text: bytes | str) -> SendError:
        outcome = Outcome.DEAD if 500 <= code < 600 else Outcome.RETRY
        return SendError(outcome, f"the mail server answered {self._said(code, text)}")

    def _failed(self, outcome: Outcome, what: str, error: Exception) -> SendError:
        return SendError(outcome, f"{what}: {self._clean(str(error) or type(error).__name__)}")

    def _said(self, code: int, text: bytes | str) -> str:
        return self._clean(f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}")

    def _clean(self, words: str) -> str:
        """Without the password, which a server may repeat in the form in which it was sent (AUTH PLAIN)."""
        user, password = self._server.username, self._password.get_secret_value()
        sent = base64.b64encode(f"\0{user}\0{password}".encode()).decode() if password else ""
        return answers.said(words, self._password, sent)


def _leave(smtp: smtplib.SMTP) -> None:
    """QUIT politely; what happens after the mail was accepted does not matter."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()
