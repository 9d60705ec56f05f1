"""From a file and an environment to Settings, or to every error at once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from checks.catalogue import Check, all_checks
from monitor.problems import Problem
from monitor.settings import references, wording
from monitor.settings.model import Settings

CONFIG = "KEIYAKU_CONFIG"


def default_config_dir() -> Path:
    """The folder of the configuration that comes with the program: monitor/defaults in a wheel, else config/."""
    room = Path(__file__).resolve().parents[1]
    packaged = room / "defaults"
    return packaged if packaged.is_dir() else room.parent / "config"


def config_path(path: Path | None, env: Mapping[str, str]) -> Path:
    """Which file is read: the given one, else KEIYAKU_CONFIG, else config/monitor.toml here, else the packaged one."""
    if path is not None:
        return path
    if env.get(CONFIG):
        return Path(env[CONFIG])
    here = Path("config/monitor.toml")
    return here if here.is_file() else default_config_dir() / "monitor.toml"


def load(path: Path | None, env: Mapping[str, str], catalogue: Mapping[str, Check] | None = None) -> Settings:
    """The settings; raises Problem with every error at once. ``catalogue`` defaults to all checks there are."""
    catalogue = all_checks() if catalogue is None else catalogue
    file = config_path(path, env)
    tree = _read(file)
    found, errors = _from_environment(env)
    secret = dict(wording.secrets_in(tree))
    told: dict[wording.Path, list[str]] = {place: [sentence] for place, sentence in secret.items()}
    settings = None
    try:
        settings = Settings(**{**tree, **found})
    except ValidationError as error:
        for place, sentence in wording.sentences(error, tree, wording.known_settings(tree)):
            if str(place[0]) in found:
                errors.append(f"{_variable(str(place[0]))}: {sentence}")
            elif place not in secret:
                told.setdefault(place, []).append(sentence)
    for place, sentence in references.wrong(tree, catalogue, {CONFIG, *map(_variable, Settings.model_fields)}):
        told.setdefault(place, []).append(sentence)
    errors = [f"{file}: {wording.place(place)}: {line}" for place, lines in told.items() for line in lines] + errors
    if errors or settings is None:
        raise Problem(*errors)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise Problem(f"{file}: there is no such file; expected the settings, such as config/monitor.toml") from None
    except OSError as error:
        raise Problem(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{file}: byte {error.start} is not UTF-8; expected a file saved as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{file}: not readable as TOML: {error}") from None


class _Environment(EnvSettingsSource):
    """Pydantic's reading of an environment that is an argument."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in env.items() if value}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        wanted = {_variable(name).lower() for name in Settings.FROM_ENVIRONMENT}
        return {name: value for name, value in self._given.items() if name in wanted}


def _from_environment(env: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """(settings found in the environment, errors); the address of the database may be in a file as it may be secret."""
    name = _variable("database_url")
    try:
        url = from_environment(name, env)
    except Problem as problem:
        return _Environment({**env, name: ""})(), list(problem.sentences)
    return _Environment({**env, name: url or ""})(), []


def _variable(setting: str) -> str:
    return f"KEIYAKU_{setting.upper()}"


def from_environment(name: str, env: Mapping[str, str]) -> str | None:
    """The value of a variable, or of the file that <name>_FILE names; None if neither is set."""
    value, file = env.get(name, ""), env.get(f"{name}_FILE", "")
    if value and file:
        raise Problem(f"{name} and {name}_FILE are both set; expected one of them")
    if not file:
        return value.strip() or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Problem(f"{name}_FILE: the file {file} cannot be read: {why}") from None
