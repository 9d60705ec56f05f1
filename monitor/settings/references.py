"""What the settings say of each other: names that do not exist, names that clash, chains that go round, routes in vain.

Read from the file's tree, not from the models, so that these errors are told together with all others.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from checks.catalogue import Check
from monitor.settings import wording
from monitor.settings.telling import Route
from monitor.settings.values import EXPECTED_ADDRESS, is_address

Said = tuple[wording.Path, str]
_OTHER: Final = "\0"  # a check, department or organization that no route names


def wrong(tree: Mapping[str, Any], catalogue: Mapping[str, Check], taken: Collection[str]) -> list[Said]:
    """(place, sentence) of each error; ``taken`` are the variables of settings, which no channel's secret may have."""
    return [
        *_names(tree, catalogue),
        *_contacts(tree),
        *_circles(tree),
        *_labels(tree),
        *_vain(tree),
        *_parameters(tree, catalogue),
        *_clashes(tree, taken),
        *_sources(tree, taken),
    ]


def _names(tree: Mapping[str, Any], catalogue: Mapping[str, Check]) -> Iterator[Said]:
    """Names of channels, contacts and checks that do not exist, and a default that is not there."""
    channels, contacts = _table(tree, "channels"), _table(tree, "contacts")
    known = {**channels, **contacts}
    routes = [(i, route) for i, route in enumerate(_list(tree, "routes")) if isinstance(route, Mapping)]
    told: list[tuple[wording.Path, Any]]
    told = [((key, i), name) for key in ("default", "absent_owner", "maintainers") for i, name in _numbered(tree, key)]
    told += [(("routes", i, "to", j), name) for i, route in routes for j, name in _numbered(route, "to")]
    told += [(("contacts", name, "next"), _text(entry, "next")) for name, entry in contacts.items()]
    told += [(("digest", "to", i), name) for i, name in _numbered(_table(tree, "digest"), "to")]
    yield from _unknown("contact", told, known)
    sent: list[tuple[wording.Path, Any]]
    sent = [(("contacts", name, "channel"), _text(entry, "channel")) for name, entry in contacts.items()]
    yield from _unknown("channel", sent, channels)
    checks: list[tuple[wording.Path, Any]]
    checks = [(("routes", i, "checks", j), name) for i, route in routes for j, name in _numbered(route, "checks")]
    yield from _unknown("check", checks, catalogue)
    if channels and not _list(tree, "default"):
        yield ("default",), "is missing or empty; expected at least one contact for what no route matches"


def _labels(tree: Mapping[str, Any]) -> Iterator[Said]:
    """Labels of two contacts: an owner is known to readers by its label, and gets the digest of that label's findings."""
    digest = _table(tree, "digest")
    if not digest.get("own") and "owner" not in _list(digest, "slices"):
        return
    named = {name: name for name in _table(tree, "channels")}
    named |= {name: _text(entry, "label") or name for name, entry in _table(tree, "contacts").items()}
    first: dict[str, str] = {}
    for name, label in named.items():
        if first.setdefault(label, name) != name:
            place = ("contacts", name, "label")
            yield place, f'is "{label}", as that of {first[label]}; expected another, as each owner gets its own digest'


def _unknown(what: str, named: Iterable[tuple[wording.Path, Any]], known: Collection[str]) -> Iterator[Said]:
    for place, name in named:
        if isinstance(name, str) and name and name not in known:
            yield place, f'there is no {what} "{name}"; {wording.hint(name, known)}'


def _contacts(tree: Mapping[str, Any]) -> Iterator[Said]:
    """Contacts with the name of a channel, and addresses that their channel does not understand."""
    channels = _table(tree, "channels")
    for name, entry in _table(tree, "contacts").items():
        if name in channels:
            yield (
                ("contacts", name),
                "there is a channel of this name, which is a contact by itself; choose another name",
            )
        channel, given = _table(channels, _text(entry, "channel")), list(_numbered(entry, "to"))
        kind = channel.get("kind")
        if kind == "smtp":
            for i, address in given:
                if isinstance(address, str) and not is_address(address):
                    yield ("contacts", name, "to", i), f'found "{address}", {EXPECTED_ADDRESS}'
        elif kind == "slack-bot":
            if given and not (len(given) == 1 and re.fullmatch(r"[#@]?\S+", str(given[0][1]))):
                yield ("contacts", name, "to"), 'expected one Slack channel such as ["#keiyaku"]'
        elif kind is not None and given:
            yield ("contacts", name, "to"), f"a channel of kind {kind} has one destination; leave `to` out"


def _circles(tree: Mapping[str, Any]) -> Iterator[Said]:
    """Chains of ``next`` that come back to where they began, each told once, at its first name."""
    following = {name: _text(entry, "next") for name, entry in _table(tree, "contacts").items()}
    for first in sorted(following):
        chain = [first]
        while following.get(chain[-1]) and following[chain[-1]] not in chain:
            chain.append(following[chain[-1]])
        if following.get(chain[-1]) == first and first == min(chain):
            yield ("contacts", first, "next"), f"escalation goes round: {' → '.join([*chain, first])}; expected an end"


def _vain(tree: Mapping[str, Any]) -> Iterator[Said]:
    """Routes that no finding can reach, with the routes that take everything before them."""
    earlier: dict[int, Route] = {}
    for i, written in _numbered(tree, "routes"):
        try:
            route = Route.model_validate(written)
        except ValidationError:
            continue  # told elsewhere
        hiding = _hiding(route, earlier)
        if hiding:
            names = " and ".join(f"routes[{number}]" for number in hiding)
            yield (
                ("routes", i),
                f"can never be reached: {names} matches all that it matches; put it before, or set continue = true there",
            )
        if not route.goes_on:
            earlier[i] = route


def _hiding(route: Route, earlier: Mapping[int, Route]) -> list[int]:
    """The earlier routes that together take all findings of a route; none if some finding reaches it.

    The lowest severity and amount of each combination are the hardest to take, so no others need be tried.
    """
    found = set()
    parts = (route.checks or (_OTHER,), route.organizations or (_OTHER,), route.departments or (_OTHER,))
    for check, organization, department in itertools.product(*parts):
        first = next(
            (i for i, one in earlier.items() if one.matches(check, route.severity, organization, department, route.yen or None)),
            None,
        )  # fmt: skip
        if first is None:
            return []
        found.add(first)
    return sorted(found)


def _parameters(tree: Mapping[str, Any], catalogue: Mapping[str, Check]) -> Iterator[Said]:
    """Parameters of checks, judged by the check's own model."""
    for check, values in _table(tree, "parameters").items():
        if check not in catalogue:
            yield ("parameters", check), f"there is no such check; {wording.hint(check, catalogue)}"
        elif isinstance(values, Mapping):
            model = catalogue[check].parameters
            try:
                model.model_validate(values)
            except ValidationError as error:
                for place, sentence in wording.sentences(error, {}, lambda _path, known=model.model_fields: known):  # type: ignore[misc]
                    yield ("parameters", check, *place), sentence


def _clashes(tree: Mapping[str, Any], taken: Collection[str]) -> Iterator[Said]:
    """Channels whose secret would be read from the variable of a setting."""
    for name, channel in _table(tree, "channels").items():
        if isinstance(channel, Mapping) and channel.get("kind") != "file":
            variable = channel.get("secret") or f"KEIYAKU_{name.upper().replace('-', '_')}"
            if variable in taken:
                yield ("channels", name), f"its secret would be read from {variable}, which is a setting; set `secret`"


def _sources(tree: Mapping[str, Any], taken: Collection[str]) -> Iterator[Said]:
    """Sources that bear one name, or that would read the contract database itself."""
    first: dict[str, int] = {}
    for i, source in _numbered(tree, "sources"):
        name = _text(source, "name")
        if name and first.setdefault(name, i) != i:
            yield ("sources", i, "name"), f'is "{name}", as that of sources[{first[name]}]; expected another'
        if _text(source, "database") in taken:
            yield ("sources", i, "database"), f"{_text(source, 'database')} is a setting; name a variable of its own"


def _table(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(tree: Mapping[str, Any], key: str) -> list[Any]:
    value = tree.get(key)
    return value if isinstance(value, list) else []


def _numbered(tree: Any, key: str) -> Iterator[tuple[int, Any]]:
    return enumerate(_list(tree, key) if isinstance(tree, Mapping) else [])


def _text(tree: Any, key: str) -> str:
    value = tree.get(key) if isinstance(tree, Mapping) else None
    return value if isinstance(value, str) else ""
