"""The files of deploy/ are read by a linter each: small checks for what has gone wrong in such files elsewhere."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from monitor.cli import app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PINNED = re.compile(r"^[a-z0-9./-]+:\d+\.\d+(\.\d+)?-[a-z0-9-]+$")  # an exact version, never latest or 3-slim


def wrong_command(words: list[str]) -> str:
    """What is wrong with the words after `keiyaku`, '' if nothing is: the real command line is asked."""
    command = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return f"no such command: {' '.join(words)}"
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    unknown = {word.split("=")[0] for word in rest if word.startswith("--")} - known
    return f"no such option: {' '.join(words)} {sorted(unknown)}" if unknown else ""


def shell_calls(text: str) -> Iterator[list[str]]:
    """The words of each call of keiyaku in a line of shell."""
    for call in re.findall(r"(?:^|[\s/;{&])keiyaku ([^;|&}`]+)", text):
        yield call.split()


# --- Dockerfile ----------------------------------------------------------------------------------------------------


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, its words) of a Dockerfile, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name.upper(), words.strip()) for name, words in (line.split(None, 1) for line in joined.splitlines())]


def stages(text: str) -> list[list[tuple[str, str]]]:
    """The instructions by stage, each beginning with its FROM."""
    found: list[list[tuple[str, str]]] = []
    for instruction in instructions(text):
        if instruction[0] == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def test_hadolint_finds_nothing():
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_has_two_stages_on_one_pinned_slim_base():
    bases = [stage[0][1].split()[0] for stage in stages(DOCKERFILE)]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert PINNED.match(bases[0])
    assert re.match(r"python:3\.1[1-9]\.\d+-slim", bases[0])


def test_the_image_does_not_run_as_root():
    users = [words for name, words in stages(DOCKERFILE)[-1] if name == "USER"]
    assert users
    assert users[-1].split(":")[0] not in ("root", "0")
    after = [name for name, _ in stages(DOCKERFILE)[-1]]
    assert "RUN" not in after[after.index("USER") :]


def test_every_file_that_the_image_copies_exists_and_is_let_through():
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    for name, words in instructions(DOCKERFILE):
        assert name != "ADD"
        if name == "COPY" and not words.startswith("--from="):
            for source in words.split()[:-1]:
                assert (ROOT / source).exists(), f"COPY {source}: there is no such file"
                assert f"!{source}" in ignore


def test_a_copy_from_a_stage_names_one():
    named = {stage[0][1].split()[-1] for stage in stages(DOCKERFILE)[:-1]}
    froms = [
        words.split()[0].removeprefix("--from=") for _, words in instructions(DOCKERFILE) if words.startswith("--from=")
    ]
    assert froms
    assert set(froms) <= named


def test_pip_takes_only_what_is_pinned_by_hash_and_the_project_itself():
    calls = [words for name, words in instructions(DOCKERFILE) if name == "RUN" and "pip install" in words]
    assert [re.sub(r"^.*pip install ", "", call) for call in calls] == [
        "--require-hashes -r constraints.txt",
        "--no-deps --no-build-isolation .",
    ]
    assert re.search(r"^hatchling==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_image_starts_keiyaku_in_exec_form_and_can_be_asked_for_its_health():
    last = dict(stages(DOCKERFILE)[-1])
    assert json.loads(last["ENTRYPOINT"]) == ["keiyaku"]
    assert wrong_command(json.loads(last["CMD"])) == ""
    health = json.loads(last["HEALTHCHECK"].split("CMD", 1)[1])
    assert health[0] == "keiyaku"
    assert wrong_command(health[1:]) == ""


# --- compose.yaml --------------------------------------------------------------------------------------------------

SERVICE_KEYS = {
    "build", "image", "command", "restart", "stop_grace_period", "depends_on", "environment", "secrets", "volumes",
    "healthcheck", "read_only", "tmpfs", "cap_drop", "security_opt",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_compose_has_only_keys_that_compose_knows(compose):
    assert set(compose) == {"name", "services", "secrets", "volumes"}
    assert set(compose["services"]) == {"keiyaku", "db"}
    for service in compose["services"].values():
        assert set(service) <= SERVICE_KEYS


def test_every_service_restarts_ends_in_peace_and_tells_its_health(compose):
    for service in compose["services"].values():
        assert service["restart"] == "unless-stopped"
        assert re.fullmatch(r"\d+[sm]", service["stop_grace_period"])
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert compose["services"]["keiyaku"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert PINNED.match(compose["services"]["db"]["image"])


def test_passwords_are_files_that_are_declared_and_never_in_the_compose_file(compose):
    for name, service in compose["services"].items():
        for variable, value in service["environment"].items():
            if str(value).startswith("/run/secrets/"):
                assert variable.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"], f"{name}: {variable}"
            else:
                assert not re.search("PASSWORD|URL|TOKEN|SECRET", variable), f"{name}: {variable} belongs in a file"
    used = {secret for service in compose["services"].values() for secret in service["secrets"]}
    assert used == set(compose["secrets"])
    ignored = (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./secrets/")
        assert "/secrets/" in ignored


def test_every_volume_is_declared_or_is_a_path(compose):
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = re.sub(r"\$\{[^}]*\}", "./ledgers", volume).split(":")[0]
            assert source.startswith((".", "/")) or source in compose["volumes"], volume
    assert (DEPLOY / "../config/monitor.toml").resolve().is_file()
    assert {volume.split(":")[0] for volume in compose["services"]["db"]["volumes"]} <= set(compose["volumes"])


def test_compose_builds_this_dockerfile_and_serves(compose):
    service = compose["services"]["keiyaku"]
    context = (DEPLOY / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]).is_file()
    assert service["command"] == ["serve"]
    assert wrong_command(service["healthcheck"]["test"][2:]) == ""
    var = next(words for name, words in instructions(DOCKERFILE) if name == "VOLUME")
    assert f"var:{json.loads(var)[0]}" in service["volumes"]


# --- crontab -------------------------------------------------------------------------------------------------------

FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def field_is_right(field: str, low: int, high: int) -> bool:
    """Whether one time field of a crontab is one that cron understands."""
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?", part)
        if not match or match[2] == "0":
            return False
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
            return False
    return True


def cron_jobs() -> dict[str, str]:
    """Command → time, of the crontab."""
    jobs = {}
    for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#") and not re.match(r"^[A-Z_]+=", line):
            *fields, command = line.split(None, 5)
            assert all(field_is_right(field, *limits) for field, limits in zip(fields, FIELDS, strict=True)), line
            assert "%" not in command, "cron ends a command at a %"
            (words,) = shell_calls(command)
            assert wrong_command(words) == ""
            jobs[" ".join(words)] = " ".join(fields)
    return jobs


def test_cron_runs_every_morning_delivers_on_weekdays_and_sends_the_digest_on_mondays():
    assert cron_jobs() == {
        "run --no-deliver": "30 6 * * *",
        "deliver": "*/10 8-18 * * 1-5",
        "digest --send": "35 8 * * 1",
    }


def test_the_crontab_ends_its_last_line_and_says_whose_clock_it_means():
    text = (DEPLOY / "crontab").read_text(encoding="utf-8")
    assert text.endswith("\n"), "cron does not read a last line without its end"
    assert "CRON_TZ=Asia/Tokyo" in text


@pytest.mark.parametrize("field", ["60", "*/0", "5-1", "mon", "1,,2", ""])
def test_the_crontab_linter_sees_a_wrong_field(field):
    assert not field_is_right(field, 0, 59)


# --- systemd -------------------------------------------------------------------------------------------------------


def verify(folder: Path, *units: str) -> subprocess.CompletedProcess[str]:
    """systemd's own linter."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.fail("systemd-analyze is missing: install Debian's package systemd")
    paths = [str(folder / unit) for unit in units]
    return subprocess.run([tool, "verify", *paths], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def units(tmp_path):
    """The units with a program that exists in place of the installed one."""
    stub = tmp_path / "keiyaku"
    stub.write_text("#!/bin/sh\n", encoding="utf-8")
    stub.chmod(0o755)
    for name in ("keiyaku.service", "keiyaku.timer"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/keiyaku/bin/keiyaku", str(stub)), encoding="utf-8")
    return tmp_path


def test_systemd_finds_nothing_wrong_with_the_units(units):
    found = verify(units, "keiyaku.timer", "keiyaku.service")
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_would_see_a_wrong_key(units):
    path = units / "keiyaku.service"
    path.write_text(path.read_text(encoding="utf-8").replace("ProtectHome", "ProtectHom"), encoding="utf-8")
    assert "Unknown key" in verify(units, "keiyaku.service").stderr


def test_the_service_runs_once_unprivileged_in_the_morning_of_tokyo():
    service = (DEPLOY / "keiyaku.service").read_text(encoding="utf-8")
    timer = (DEPLOY / "keiyaku.timer").read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)
    assert [wrong_command(words) for words in shell_calls(start)] == [""]
    assert {"Type=oneshot", "User=keiyaku", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(service.splitlines())
    assert {"OnCalendar=*-*-* 06:30:00 Asia/Tokyo", "Persistent=true"} <= set(timer.splitlines())


# --- what the manuals say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "運用手引.md"])
def test_every_command_in_a_manual_exists(name):
    text = (DEPLOY / name).read_text(encoding="utf-8")
    calls = [words for line in text.splitlines() for words in shell_calls(line.replace("`", ";"))]
    calls = [words for words in calls if re.fullmatch(r"[a-z]+", words[0])]  # not the user of that name
    assert calls
    assert [wrong for words in calls if (wrong := wrong_command(words))] == []


def test_every_file_that_the_manual_names_exists():
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for name in ("Dockerfile", "compose.yaml", "crontab", "keiyaku.service", "keiyaku.timer", "運用手引.md"):
        assert name in text
        assert (DEPLOY / name).is_file()


@pytest.mark.parametrize(
    "words", ["", "runn", "rulebooks", "rulebooks shw", "run --now", "digest --as-of 2026-01-01", "serve --send"]
)
def test_the_command_linter_sees_a_wrong_command(words):
    assert wrong_command(words.split())
