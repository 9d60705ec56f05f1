"""pydantic's errors as sentences: which file and key, what was found, what was expected."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.problems import nearest

_EXPECTED = {
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_too_short": "some text",
    "tuple_type": "a list",
    "mapping_type": "keys with values",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "too_short": "at least one entry",
    "date_from_datetime_parsing": "a date of the calendar such as 2025-04-01",
    "date_parsing": "a date of the calendar such as 2025-04-01",
    "date_type": "a date such as 2025-04-01",
}
_BOUNDS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}
_KEY = "[key]"


def sentences(label: str, error: ValidationError, schema: Mapping[str, Any]) -> list[str]:
    """One sentence per mistake; ``schema`` is the model's JSON Schema, ``label`` the file's name."""
    errors = error.errors(include_url=False)
    told = [details["loc"] for details in errors]
    misspelt = {
        (*loc[:-1], nearest(str(loc[-1]), keys_at(schema, loc[:-1])))
        for loc, details in zip(told, errors, strict=True)
        if details["type"] == "extra_forbidden"
    }
    return [
        f"{label}: {_sentence(details, schema)}"
        for details in errors
        if not (details["type"] == "missing" and details["loc"] in misspelt)
        # a list whose entries are all refused counts as empty: its entries have been told
        if not (
            details["type"] == "too_short" and any(loc[:-1][: len(details["loc"])] == details["loc"] for loc in told)
        )
    ]


def place(loc: tuple[int | str, ...]) -> str:
    """('publication', 2, 'due') → publication[2].due."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _sentence(details: ErrorDetails, schema: Mapping[str, Any]) -> str:
    loc, kind, context = details["loc"], details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        known = keys_at(schema, loc[:-1])
        return f"unknown key {place(loc)}{_hint(str(loc[-1]), known)}"
    if kind == "missing":
        return f"{place(loc)} is missing"
    found = f"found {_found(details['input'])}"
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        if loc[-1] == _KEY:
            return f"unknown key {place(loc[:-1])}{_hint(str(details['input']), known)}"
        return f"{place(loc)}: {found}, expected one of {', '.join(word or '(nothing)' for word in known)}{_near(details, known)}"
    if kind == "value_error":
        said = str(context["error"])
        return (
            f"{place(loc)}: {found}, {said}"
            if not isinstance(details["input"], dict)
            else ": ".join(filter(None, (place(loc), said)))
        )
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"{place(loc)}: {found}, expected {words} {context[key]}"
    if kind == "string_pattern_mismatch":
        return f"{place(loc)}: {found}, expected text of the form {context['pattern']}"
    return f"{place(loc)}: {found}, expected {_EXPECTED.get(kind, details['msg'])}"


def _found(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(word: str, known: list[str]) -> str:
    near = nearest(word, known)
    if near:
        return f"; the nearest known key is {near}"
    return f"; known keys are {', '.join(known)}" if known else ""


def _near(details: ErrorDetails, known: list[str]) -> str:
    near = nearest(str(details["input"]), known)
    return f"; the nearest is {near}" if near else ""


def keys_at(schema: Mapping[str, Any], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the schema knows at a place."""
    node: Any = _plain(schema, schema)
    for part in loc:
        step = (
            node.get("items")
            if isinstance(part, int)
            else node.get("properties", {}).get(part, node.get("additionalProperties"))
        )
        if not isinstance(step, Mapping):
            return []
        node = _plain(step, schema)
    return sorted(node.get("properties", {}))


def _plain(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node behind references and 'or null'."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        else:
            node = next(option for option in node["anyOf"] if option.get("type") != "null")
    return node
