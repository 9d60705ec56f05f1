"""What can be set: the models of monitor.toml, each with its default and its bounds."""

import re
from datetime import date, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from checks.finding import Severity

TIMEZONE: Final = "Asia/Tokyo"  # not a setting: the dates of Japanese law are Japanese dates
DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


def _day(value: Any) -> Any:
    """An ISO date; a bare number would be read as seconds since 1970."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("expected a date such as 2025-04-01")


def _days(value: Any) -> str:
    """Day names as the scheduler reads them: mon, mon-fri or mon,wed."""
    if isinstance(value, int) or (isinstance(value, str) and re.search(r"\d", value)):
        raise ValueError(
            'expected day names such as "mon-fri": a number means different days in different tools (1 is Monday for '
            "cron and Tuesday for the scheduler)"
        )
    text = re.sub(r"\s", "", str(value)).lower()
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAY_NAMES for end in ends):
            raise ValueError(f'expected day names such as "mon", "mon-fri" or "mon,wed" ({", ".join(DAY_NAMES)})')
        if DAY_NAMES.index(ends[0]) > DAY_NAMES.index(ends[-1]):
            raise ValueError('expected a range that runs forward from Monday to Sunday; write "sat,sun,mon" instead')
    return text


def _at(value: Any) -> str:
    """A time of day, 06:30."""
    if not (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)):
        raise ValueError('expected a time in quotes such as "06:30"')
    return value


def _address(value: Any) -> str:
    """One e-mail address, with or without a display name."""
    text = value if isinstance(value, str) else ""
    address = parseaddr(text)[1]
    plain = re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", address) and address.isascii()
    if not plain or re.search(r"[\x00-\x1f\x7f,;]", text):
        raise ValueError('expected one e-mail address such as "keiyaku@example.jp"')
    return text


def _https(value: Any) -> str:
    """An address that a token may be sent to."""
    if not isinstance(value, str) or not is_safe_url(value):
        raise ValueError("expected an address that begins with https:// (http:// only for localhost)")
    return value


def is_safe_url(url: str) -> bool:
    """Whether a secret may go there: https, or http to this machine."""
    found = re.fullmatch(r"(https?)://(\[[^\]]+\]|[^/:@?#\s]+)(:(\d{1,5}))?(/[^\s#]*)?", url)
    if found is None or not url.isascii() or int(found[4] or 443) > 65535:
        return False
    return found[1] == "https" or found[2].strip("[]") in LOCAL_HOSTS


def _database(value: SecretStr) -> SecretStr:
    """The database's address, which may hold a password and so is never shown."""
    if not re.match(r"[a-z0-9+]+://", value.get_secret_value()):
        raise ValueError("expected an address such as sqlite:///var/keiyaku.db (what was found is not shown)")
    return value


Address = Annotated[str, BeforeValidator(_address)]
Count = Annotated[int, Field(strict=True)]
ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Secretive(_Model):
    """A channel with a secret: ``secret`` names the environment variable that holds it, never the secret itself."""

    secret: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]*)?$")

    def variable(self, name: str) -> str:
        """The environment variable of the secret of the channel called ``name``."""
        return self.secret or "KEIYAKU_" + name.upper().replace("-", "_")


class SlackWebhook(_Secretive):
    """An incoming webhook: its address is the secret and fixes the Slack channel."""

    kind: Literal["slack-webhook"]


class SlackBot(_Secretive):
    """A bot's token (chat:write): the secret. ``url`` is the Web API, for tests."""

    kind: Literal["slack-bot"]
    channel: str = Field(pattern=r"^[#@]?\S+$")
    url: Annotated[str, BeforeValidator(_https)] = "https://slack.com/api/"


class Smtp(_Secretive):
    """Mail through a server; with a username the secret is its password."""

    PORTS: ClassVar = {"starttls": 587, "tls": 465, "none": 25}

    kind: Literal["smtp"]
    host: str = Field(min_length=1, pattern=r"^[^\s/@]+$")
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    sender: Address
    recipients: Annotated[tuple[Address, ...], Field(min_length=1)]
    username: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """(host, port), the port by the kind of security where none is set."""
        return self.host, self.port or self.PORTS[self.security]

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if self.username and self.security == "none" and self.host not in LOCAL_HOSTS:
            raise ValueError('security = "none" with a username would send the password in clear: use "starttls"')
        return self


class Webhook(_Secretive):
    """A receiver of the office's own that takes JSON; the secret is the key with which each delivery is signed.

    ``repeats``: the receiver drops an Idempotency-Key that it has seen.
    """

    SHORTEST_KEY: ClassVar = 16  # characters; a shorter one can be guessed from one signed delivery

    kind: Literal["webhook"]
    url: Annotated[str, BeforeValidator(_https)]
    ca_file: Path | None = None
    repeats: Annotated[bool, Field(strict=True)] = False


class Folder(_Model):
    """Messages as files: for trying out, and for offices whose mail goes out by other means."""

    kind: Literal["file"]
    directory: Path


Channel = SlackWebhook | SlackBot | Smtp | Webhook | Folder


class Route(_Model):
    """Which findings a channel is told of; an empty list means any. All routes that match apply."""

    channel: str
    checks: tuple[str, ...] = ()
    severity: Severity = Severity.LOW  # at least
    departments: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


class Appointment(_Model):
    """When ``keiyaku serve`` does a job, in Japanese time."""

    job: Literal["run", "digest", "deliver"]
    days: Annotated[str, BeforeValidator(_days)] = "mon-sun"
    at: Annotated[str, BeforeValidator(_at)]

    @property
    def hour(self) -> int:
        """0 to 23."""
        return int(self.at[:2])

    @property
    def minute(self) -> int:
        """0 to 59."""
        return int(self.at[3:])


class Digest(_Model):
    """Who gets the weekly digest."""

    channels: tuple[str, ...] = ()


class Delivery(_Model):
    """How patiently messages are sent."""

    timeout_seconds: Annotated[Count, Field(ge=1, le=300)] = 20  # for one answer of a server
    attempts: Annotated[Count, Field(ge=1, le=100)] = 8
    lease_minutes: Annotated[Count, Field(ge=1, le=1440)] = 15
    first_wait_minutes: Annotated[Count, Field(ge=1, le=1440)] = 5  # doubled after each attempt
    longest_wait_minutes: Annotated[Count, Field(ge=1, le=10080)] = 360


class Settings(BaseSettings):
    """All that can be set. Made by ``monitor.settings.load``; secrets of channels are not in here."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="KEIYAKU_")

    FROM_ENVIRONMENT: ClassVar = ("database_url", "since", "rulebooks", "output")

    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///var/keiyaku.db")
    since: Annotated[date | None, BeforeValidator(_day)] = None
    rulebooks: Path | None = None
    output: Path = Path("var/digests")
    default: tuple[str, ...] = ()
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict)
    channels: dict[ChannelName, Annotated[Channel, Field(discriminator="kind")]] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    schedule: tuple[Appointment, ...] = ()
    digest: Digest = Digest()
    delivery: Delivery = Delivery()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` hands over: the process's environment is an argument, not a global."""
        return (init_settings,)
