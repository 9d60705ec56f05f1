"""What can be set: the models of monitor.toml, each with its default and its bounds."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.settings.sources import Source
from monitor.settings.telling import Contact, ContactEntry, Hold, Quiet, Reminders, Route
from monitor.settings.values import Address, Count, Day, DayNames, Model, Name, TimeOfDay

TIMEZONE: Final = "Asia/Tokyo"  # not a setting: the dates of Japanese law are Japanese dates
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


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


class _Secretive(Model):
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


class Folder(Model):
    """Messages as files: for trying out, and for offices whose mail goes out by other means."""

    kind: Literal["file"]
    directory: Path


Channel = SlackWebhook | SlackBot | Smtp | Webhook | Folder


class Appointment(Model):
    """When ``keiyaku serve`` does a job, in Japanese time."""

    job: Literal["run", "digest", "deliver"]
    days: DayNames = "mon-sun"
    at: TimeOfDay

    @property
    def hour(self) -> int:
        """0 to 23."""
        return int(self.at[:2])

    @property
    def minute(self) -> int:
        """0 to 59."""
        return int(self.at[3:])


class Digest(Model):
    """Who gets the weekly digest, and of which slices a page is written besides the whole."""

    to: tuple[str, ...] = ()  # the whole
    slices: tuple[Literal["organization", "department", "owner"], ...] = ()
    own: Annotated[bool, Field(strict=True)] = False  # each contact to whom the routes lead gets its own findings


class Delivery(Model):
    """How patiently messages are sent."""

    timeout_seconds: Annotated[Count, Field(ge=1, le=300)] = 20  # for one answer of a server
    attempts: Annotated[Count, Field(ge=1, le=100)] = 8
    lease_minutes: Annotated[Count, Field(ge=1, le=1440)] = 15
    first_wait_minutes: Annotated[Count, Field(ge=1, le=1440)] = 5  # doubled after each attempt
    longest_wait_minutes: Annotated[Count, Field(ge=1, le=10080)] = 360


class Settings(BaseSettings):
    """All that can be set. Made by ``monitor.settings.load``; secrets of channels are not in here."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="KEIYAKU_")

    FROM_ENVIRONMENT: ClassVar = ("database_url", "since", "rulebooks", "output", "workers", "scheduler")

    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///var/keiyaku.db")
    since: Day | None = None
    rulebooks: Path | None = None
    output: Path = Path("var/digests")
    exceptions: Path | None = None
    inbox: Path | None = None
    sources: tuple[Source, ...] = ()
    mappings: Path | None = None
    stale_after_days: Annotated[Count, Field(ge=0)] = 35  # 0: never
    workers: Annotated[Count, Field(ge=0)] = 0  # 0: as many as there are cores
    scheduler: str = ""  # of a Dask cluster
    default: tuple[str, ...] = ()
    absent_owner: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict)
    channels: dict[Name, Annotated[Channel, Field(discriminator="kind")]] = Field(default_factory=dict)
    contacts: dict[Name, ContactEntry] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    quiet: Quiet | None = None
    reminders: Reminders = Reminders()
    hold: Hold = Hold()
    schedule: tuple[Appointment, ...] = ()
    digest: Digest = Digest()
    delivery: Delivery = Delivery()

    def contact(self, name: str) -> Contact:
        """The contact of a name; a channel is by itself the contact of its own name. KeyError if there is neither."""
        if name in self.channels:
            return Contact(name, name, name)
        entry = self.contacts[name]
        return Contact(name, entry.label or name, entry.channel, entry.to, entry.next)

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
