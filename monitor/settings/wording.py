"""Errors of the settings as sentences: file, setting, what was found, what was expected. Secrets are never repeated."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from monitor.problems import nearest
from monitor.settings import model, sources, telling

Path = tuple[str | int, ...]
_CHANNELS: dict[str, type[BaseModel]] = {
    "slack-webhook": model.SlackWebhook,
    "slack-bot": model.SlackBot,
    "smtp": model.Smtp,
    "webhook": model.Webhook,
    "file": model.Folder,
}
_TABLES: dict[str, type[BaseModel]] = {
    "contacts": telling.ContactEntry,
    "routes": telling.Route,
    "quiet": telling.Quiet,
    "reminders": telling.Reminders,
    "hold": telling.Hold,
    "schedule": model.Appointment,
    "digest": model.Digest,
    "delivery": model.Delivery,
    "sources": sources.Source,
}
_NAMED = {"channels": "channel", "contacts": "contact"}
_SECRET_KEYS = re.compile(r"^(password|passwd|token|api_?key|webhook(_?url)?|url)$", re.IGNORECASE)
_HELD = (
    "holds a secret itself; secrets come only from the environment: remove the value here and set the variable that "
    "`secret` names (default KEIYAKU_<CHANNEL>) or its <NAME>_FILE"
)
_ADDRESS = (
    "holds an address itself; write the NAME of the environment variable that holds it (or of which <NAME>_FILE names a "
    "file with it)"
)
_SECRET_VALUES = re.compile(r"https?://hooks\.|/services/T|xox[a-z]-|xapp-|[^\s/:@<]+:[^\s/@<]+@", re.IGNORECASE)


def place(path: Path) -> str:
    """routes[0].severity."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def hint(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, as the end of a sentence; all of them if none is near."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f'did you mean "{near}"?'
    return f"known are {', '.join(words)}" if words else "there are none"


def secrets_in(tree: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """(path, sentence) of each value that is a secret and must not stand in a file."""
    for path, value in _leaves(tree):
        if not isinstance(value, str):
            continue
        key = str(next((part for part in reversed(path) if isinstance(part, str)), ""))
        open_url = path[0] == "channels" and key == "url" and _kind(tree, path) in ("slack-bot", "webhook")
        if path == ("database_url",):
            if re.search(r"://[^@]*:[^@]+@|[?&]password=", value):
                yield path, "holds a password; set the whole address in KEIYAKU_DATABASE_URL (or …_FILE) instead"
        elif path[0] == "sources" and key == "database" and "://" in value:
            yield path, _ADDRESS
        elif _SECRET_VALUES.search(value) or (path[0] == "channels" and _SECRET_KEYS.match(key) and not open_url):
            yield path, _HELD


def sentences(
    error: ValidationError, tree: Mapping[str, Any], known: Callable[[Path], Iterable[str]]
) -> Iterator[tuple[Path, str]]:
    """(path, sentence) of each error of pydantic; ``known`` gives the settings that exist in a table."""
    for item in error.errors(include_url=False):
        path = _without_tag(item["loc"], tree)
        yield path, _sentence(dict(item), path, known)


def known_settings(tree: Mapping[str, Any]) -> Callable[[Path], Iterable[str]]:
    """For a path of monitor.toml: which settings exist there."""

    def fields(path: Path) -> Iterable[str]:
        if not path:
            return model.Settings.model_fields
        table = _CHANNELS.get(_kind(tree, path)) if path[0] == "channels" else _TABLES.get(str(path[0]))
        return names(table) if table else ()

    return fields


def names(table: type[BaseModel]) -> list[str]:
    """The settings of a table as they are written in the file."""
    return [field.alias or name for name, field in table.model_fields.items()]


def _sentence(item: dict[str, Any], path: Path, known: Callable[[Path], Iterable[str]]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown setting; {hint(str(path[-1]), known(path[:-1]))}"
    if kind in ("missing", "union_tag_not_found"):
        tags = f"; expected kind = {_one_of(context['expected_tags'])}" if "expected_tags" in context else ""
        return f"is missing{tags}" if kind == "missing" else f"kind is missing{tags}"
    if kind == "union_tag_invalid":
        return f"found kind {_shown(context['tag'])}, expected {_one_of(context['expected_tags'])}"
    if path[-1] == "secret" or (path[0] == "sources" and path[-1] == "database"):
        return "expected the NAME of an environment variable (capitals, digits, _), found something else (not shown)"
    if kind == "value_error" and (isinstance(item["input"], Mapping) or path[-1] == "database_url"):
        return str(context["error"])
    return f"found {_shown(item['input'])}, {_expected(item, path)}"


def _expected(item: dict[str, Any], path: Path) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return f"expected {_one_of(context['expected'])}"
    if path[0] in _NAMED and len(path) == 2:
        return f"expected a {_NAMED[str(path[0])]}'s name of small letters, digits, - and _, beginning with a letter"
    if kind == "string_pattern_mismatch" and path[-1] == "channel":
        return 'expected a Slack channel such as "#keiyaku"'
    wanted = re.sub(r"^(Input|Value|\w+) should (be|have) ", "", item["msg"])
    return f"expected {wanted[0].lower()}{wanted[1:]}"


def _one_of(quoted: str) -> str:
    options = re.findall(r"'([^']*)'", quoted)
    return ("one of " if len(options) > 1 else "") + ", ".join(options)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"


def _kind(tree: Mapping[str, Any], path: Path) -> str:
    channels = tree.get("channels")
    channel = channels.get(path[1]) if isinstance(channels, Mapping) and len(path) > 1 else None
    return str(channel.get("kind", "")) if isinstance(channel, Mapping) else ""


def _without_tag(loc: Path, tree: Mapping[str, Any]) -> Path:
    """Pydantic's place of an error, without the kind of channel and the mark of a dictionary's key."""
    if loc[0] in _NAMED and len(loc) > 2 and loc[2] in (_kind(tree, loc), "[key]"):
        return (*loc[:2], *loc[3:])
    return loc


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, (*path, i))
    else:
        yield path, value
