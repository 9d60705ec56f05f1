"""The secrets of channels: read when they are needed, kept as SecretStr, never shown."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from checks.catalogue import Check
from monitor.problems import Problem
from monitor.settings.loading import from_environment, load
from monitor.settings.model import Channel, Folder, Settings, SlackWebhook, Smtp, Webhook, is_safe_url
from monitor.settings.sources import Source


def needs_secret(channel: Channel) -> bool:
    """A folder needs none, nor does a mail server without a username."""
    return not isinstance(channel, Folder) and not (isinstance(channel, Smtp) and not channel.username)


def secret(name: str, settings: Settings, env: Mapping[str, str]) -> SecretStr:
    """The secret of a channel, '' where it needs none; raises Problem where it is missing or cannot be one."""
    channel = settings.channels[name]
    if isinstance(channel, Folder) or not needs_secret(channel):
        return SecretStr("")
    variable = channel.variable(name)
    value = from_environment(variable, env)
    if value is None:
        raise Problem(f"channels.{name}: its secret is missing; set {variable}, or {variable}_FILE to a file's path")
    if not value.isascii() or not value.isprintable() or (" " in value and not isinstance(channel, Smtp)):
        raise Problem(f"channels.{name}: {variable} holds characters that no {channel.kind} secret has (not shown)")
    if isinstance(channel, SlackWebhook) and not is_safe_url(value):
        raise Problem(f"channels.{name}: {variable} is not an https:// address (not shown)")
    if isinstance(channel, Webhook) and len(value) < channel.SHORTEST_KEY:
        raise Problem(f"channels.{name}: {variable} is too short; expected at least {channel.SHORTEST_KEY} characters")
    return SecretStr(value)


def address(source: Source, env: Mapping[str, str]) -> SecretStr:
    """The address of a source's database; raises Problem where it is missing."""
    value = from_environment(source.database, env)
    if value is None:
        raise Problem(
            f"sources.{source.name}: the address of its database is missing; set {source.database}, or "
            f"{source.database}_FILE to a file's path"
        )
    return SecretStr(value)


def queries(source: Source) -> tuple[str, str]:
    """(query, query of the newest date or "") of a source, read from their files where that is what it names."""
    return _sql(source, "query"), _sql(source, "fresh")


def _sql(source: Source, setting: str) -> str:
    written: str = getattr(source, setting)
    path = source.path(written)
    try:
        return written if path is None else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Problem(f"sources.{source.name}.{setting}: the file {path} cannot be read: {why}") from None


def problems(settings: Settings, env: Mapping[str, str]) -> list[str]:
    """What would keep these settings from working here: missing secrets, folders and files that are not there."""
    found: list[str] = []
    for name, channel in settings.channels.items():
        try:
            secret(name, settings, env)
        except Problem as problem:
            found += problem.sentences
        if isinstance(channel, Smtp | Webhook) and channel.ca_file and not channel.ca_file.is_file():
            found.append(f"channels.{name}.ca_file: there is no file {channel.ca_file}")
        if isinstance(channel, Folder) and _blocked(channel.directory):
            found.append(f"channels.{name}.directory: {channel.directory} is not a folder")
    if settings.rulebooks and not settings.rulebooks.is_dir():
        found.append(f"rulebooks: there is no folder {settings.rulebooks}")
    if settings.exceptions and not settings.exceptions.is_file():
        found.append(f"exceptions: there is no file {settings.exceptions}")
    if settings.mappings and not settings.mappings.is_dir():
        found.append(f"mappings: there is no folder {settings.mappings}")
    if settings.inbox and not settings.inbox.is_dir():
        found.append(f"inbox: there is no folder {settings.inbox}")
    for source in settings.sources:
        found += _of_source(source, settings, env)
    if _blocked(settings.output):
        found.append(f"output: {settings.output} is not a folder")
    return found


def _of_source(source: Source, settings: Settings, env: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    if source.mapping and not source.mapping.is_file():
        found.append(f"sources.{source.name}.mapping: there is no file {source.mapping}")
    if source.files and not settings.inbox:
        found.append(f"sources.{source.name}.files: is for the watched folder; set inbox")
    if source.files:
        return found
    for ask in (lambda: address(source, env), lambda: queries(source)):
        try:
            ask()
        except Problem as problem:
            found += problem.sentences
    return found


def check(path: Path | None, env: Mapping[str, str], catalogue: Mapping[str, Check] | None = None) -> list[str]:
    """Everything that is wrong with the configuration, for ``keiyaku config check``; empty if nothing is."""
    try:
        settings = load(path, env, catalogue)
    except Problem as problem:
        return list(problem.sentences)
    return problems(settings, env)


def _blocked(folder: Path) -> bool:
    """Whether the folder, or the nearest thing above it that exists, is a file."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return not folder.is_dir()
