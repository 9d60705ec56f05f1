"""The folder as a channel: each delivery whole or not at all, whatever happens to the disk and to the sender."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.alerts.channels import Outcome, SendError
from monitor.alerts.files import Files
from monitor.alerts.message import Message
from tests.alerts.servers import SmallDisk
from tests.alerts.suite import NOW, PLAIN

ROOT = Path(__file__).parents[2]


def files(folder: Path) -> Files:
    return Files(folder, lambda: NOW)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


@pytest.fixture
def disk(tmp_path):
    made = SmallDisk(tmp_path / "out")
    yield made
    made.stop()


@pytest.mark.parametrize(("left", "there"), [(0, []), (8192, ["alert-1.json"])])
def test_a_full_disk_keeps_no_half_message_and_the_rest_comes_when_there_is_room(disk, left, there):
    disk.fill(left)
    message = Message("題", "あ" * 2_000, "い" * 4_000)
    with pytest.raises(SendError, match=r"cannot be written: (No space left|File too large)") as caught:
        files(disk.folder).send(message, "alert-1")
    assert caught.value.outcome is Outcome.RETRY
    assert names(disk.folder) == there
    disk.empty()
    files(disk.folder).send(message, "alert-1")
    assert names(disk.folder) == ["alert-1.eml", "alert-1.json"]


def test_what_a_killed_sender_left_half_written_is_written_anew(tmp_path):
    (tmp_path / "alert-1.json.part").write_bytes(b"{" * 100_000)
    (tmp_path / "alert-1.eml.part").write_bytes(b"From: ")
    files(tmp_path).send(PLAIN, "alert-1")
    files(tmp_path / "other").send(PLAIN, "alert-1")
    assert names(tmp_path) == ["alert-1.eml", "alert-1.json", "other"]
    for name in ("alert-1.eml", "alert-1.json"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.alerts import files
from tests.alerts.suite import NOW, PLAIN

def deadly(file, content, write=files._write_once):
    if file.suffix == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    write(file, content)

files._write_once = deadly
files.Files(Path(sys.argv[1]), lambda: NOW).send(PLAIN, "alert-1")
"""


@pytest.mark.parametrize(("before", "left"), [(".json", []), (".eml", ["alert-1.json"])])
def test_a_sender_killed_between_the_two_files_is_made_good_by_the_next(tmp_path, before, left):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    folder = tmp_path / "out"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), before], env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert names(folder) == left
    receipt = files(folder).send(PLAIN, "alert-1")
    assert receipt.ref == str(folder / "alert-1.eml")
    assert names(folder) == ["alert-1.eml", "alert-1.json"]


def test_the_first_delivery_stays_as_it_was_written(tmp_path):
    files(tmp_path).send(PLAIN, "alert-1")
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    files(tmp_path).send(Message("別の題", "別の本文"), "alert-1")
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


def test_a_folder_that_cannot_be_written_is_tried_again_and_named(tmp_path):
    (tmp_path / "taken").write_text("")
    (tmp_path / "out" / "alert-1.eml.part").mkdir(parents=True)
    for folder, what in (
        (tmp_path / "taken" / "x", "taken"),
        (tmp_path / "taken", "taken"),
        (tmp_path / "out", "alert-1.eml"),
    ):
        with pytest.raises(SendError, match=what) as caught:
            files(folder).send(PLAIN, "alert-1")
        assert caught.value.outcome is Outcome.RETRY
