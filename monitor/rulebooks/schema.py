"""The JSON Schema of a rulebook file, for editors: config/rulebooks/rulebook.schema.json.

Written anew by `python -c 'from monitor.rulebooks.schema import text; print(text(), end="")' > …`; a test compares.
"""

import json
from typing import Any

from checks.rulebook import Rulebook


def schema() -> dict[str, Any]:
    """The model's schema; what a file may leave to the rulebook it extends is not required of the file itself."""
    data = Rulebook.model_json_schema()
    data["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    data["title"] = "keiyaku-monitor rulebook"
    for node in data["properties"].values():
        _allow_partial(node, data)
    return data


def _allow_partial(node: dict[str, Any], data: dict[str, Any]) -> None:
    """Mappings are merged key by key with the parent's, so any key may be absent; lists are replaced whole."""
    if "$ref" in node:
        _allow_partial(data["$defs"][node["$ref"].rsplit("/", 1)[-1]], data)
        return
    node.pop("required", None)
    inner = [*node.get("anyOf", ()), *node.get("properties", {}).values(), node.get("additionalProperties")]
    for child in inner:
        if isinstance(child, dict):
            _allow_partial(child, data)


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
