"""YAML as the rulebooks need it: dates stay text, a key given twice is refused, every error is a sentence."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from monitor.problems import Problem

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
# the parser in C takes a tenth of the time; every start reads all rulebooks
Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(Safe):  # type: ignore[misc]  # one of two
    """Without timestamps: 2025-02-30 must reach the model, which refuses it with its place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001  # as in PyYAML
        """Refuse a key given twice: YAML would keep the last one without a word."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key!r} is given twice", key_node.start_mark
                    )
                seen.add(key)
        held: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return held


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def shown(path: Path) -> str:
    """The path as the user knows it: relative to where the command was given, if it is below."""
    here = Path.cwd()
    absolute = path.absolute()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else str(path)


def read_yaml(path: Path, loader: Any = _Loader) -> dict[str, Any]:
    """The file's mapping; Problem with file and line if it cannot be read, is no YAML or is no mapping."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506  # a safe loader, or one only stricter
    except OSError as error:
        raise Problem(f"{shown(path)}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Problem(f"{shown(path)}: found bytes that are not UTF-8, expected a YAML file in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise Problem(f"{shown(path)}:{line} {error.problem}, expected YAML") from error
    except ValueError as error:  # a date that is in no calendar
        raise Problem(
            f"{shown(path)}: found a value that cannot be ({error}), expected e.g. a date as 2025-04-01"
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Problem(f"{shown(path)}: is no YAML: {error}") from error
    if not isinstance(data, dict):
        found = "nothing" if data is None else f"a {type(data).__name__}"
        raise Problem(f"{shown(path)}: found {found}, expected keys such as id and name")
    return data
