"""Mail: one pure function builds it, one class sends it by SMTP with verified TLS.

Japanese headers are encoded by email.header.Header, not by EmailMessage: Python 3.11 loses spaces when it folds them
(cpython gh-92081), and a wider line would make encoded words and base64 lines longer than RFC 2047 and 2045 allow.
"""

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

from monitor.alerts.channels import Outcome, Receipt, SendError
from monitor.alerts.message import Message
from monitor.settings import TIMEZONE, Smtp

MAX_SUBJECT: Final = 100  # characters; mail programs show about 60


def build(message: Message, sender: str, recipients: Sequence[str], delivery_id: str, date: datetime) -> EmailMessage:
    """The mail, the same bytes for the same arguments. ``date`` has a zone; addresses may have display names."""
    mail = EmailMessage(policy=SMTP)
    mail.set_raw("From", _address(sender, "From"))
    mail.set_raw("To", ",\r\n ".join(_address(each, "To") for each in recipients) or "undisclosed-recipients:;")
    mail.set_raw("Subject", Header(subject(message.subject), "utf-8", header_name="Subject").encode(linesep="\r\n"))
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{delivery_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="base64")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="base64")
    for filename, mime, text in message.attachments:
        kind, _, subtype = mime.partition("/")
        if kind == "text":
            mail.add_attachment(text, subtype=subtype, filename=filename, cte="base64")
        else:
            mail.add_attachment(text.encode(), maintype=kind, subtype=subtype, filename=filename)
    name = hashlib.sha256(delivery_id.encode()).hexdigest()[:24]
    for i, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{name}_{i}")  # "=_" cannot occur in base64
    return mail


def subject(text: str) -> str:
    """A subject on one line and not too long; without this one line break in a contract's title would stop the mail."""
    line = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip()
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

    def __init__(
        self,
        server: Smtp,
        password: SecretStr,
        timeout: int,
        now: Callable[[], datetime],
    ) -> None:
        self._server = server
        self._password = password
        self._timeout = timeout
        self._now = now

    def send(self, message: Message, delivery_id: str) -> Receipt:
        """Send one mail to all recipients of the channel; the refused ones are named in the receipt."""
        date = self._now().astimezone(ZoneInfo(TIMEZONE))
        mail = build(message, self._server.sender, self._server.recipients, delivery_id, date)
        with _before_data():
            smtp = self._connect()
        try:
            with _before_data():
                refused = self._envelope(smtp)
            _data(smtp, mail.as_bytes())
        finally:
            _leave(smtp)
        note = f"refused: {'; '.join(refused)}" if refused else ""
        return Receipt(ref=str(mail["Message-ID"]), note=note)

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

    def _envelope(self, smtp: smtplib.SMTP) -> list[str]:
        """MAIL and RCPT; returns the refused recipients with the server's words."""
        smtp.ehlo_or_helo_if_needed()
        code, text = smtp.mail(parseaddr(self._server.sender)[1])
        if code != 250:
            raise smtplib.SMTPResponseException(code, text)
        refused = {}
        for recipient in self._server.recipients:
            address = parseaddr(recipient)[1]
            code, text = smtp.rcpt(address)
            if code not in (250, 251):
                refused[address] = (code, text)
        if len(refused) == len({parseaddr(recipient)[1] for recipient in self._server.recipients}):
            # one that may be accepted later is reason enough to come back
            code, text = min(refused.values(), key=lambda answer: answer[0])
            raise smtplib.SMTPResponseException(code, text)
        return [f"{address} ({_said(*answer)})" for address, answer in refused.items()]


def _data(smtp: smtplib.SMTP, content: bytes) -> None:
    """DATA and the mail: from here on a lost connection means that nobody knows."""
    try:
        code, text = smtp.data(content)
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(Outcome.UNKNOWN, f"no answer after the mail was sent: {_why(error)}") from None
    if code != 250:
        raise _answered(code, text)


@contextlib.contextmanager
def _before_data() -> Iterator[None]:
    """Failures before DATA: certainly not sent."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise SendError(Outcome.RETRY, f"the mail server does not offer what the settings ask for: {error}") from None
    except ssl.SSLError as error:
        raise SendError(Outcome.RETRY, f"no trusted connection to the mail server: {_why(error)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(Outcome.RETRY, f"the mail server could not be reached: {_why(error)}") from None


def _answered(code: int, text: bytes | str) -> SendError:
    outcome = Outcome.DEAD if 500 <= code < 600 else Outcome.RETRY
    return SendError(outcome, f"the mail server answered {_said(code, text)}")


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {words}".split())[:200]


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _leave(smtp: smtplib.SMTP) -> None:
    """QUIT politely; what happens after the mail was accepted does not matter."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()
