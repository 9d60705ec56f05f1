"""The index of past weeks is what the pages in its folder say, whatever else lies there."""

import html
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import archive, build, render, slices
from monitor.digest.audience import Scope
from monitor.digest.week import Week
from tests.digest.make import WEEK, digest, sources

HEAD = (
    '<meta name="keiyaku:week" content="{week}"><meta name="keiyaku:scope" content="{scope}">'
    '<meta name="keiyaku:audience" content="{label}"><meta name="description" content="{said}">'
    '<meta name="keiyaku:numbers" content="overdue=3 soon=6 new=6 open=1234">'
)


def head(week: str = "2026-W12", scope: str = "all", label: str = "", said: str = "3件です。") -> str:
    return HEAD.format(week=week, scope=scope, label=html.escape(label), said=html.escape(said))


def index(folder: Path) -> tuple[str, tuple[str, ...]]:
    made = archive.index(folder)
    text = made.files[archive.INDEX]
    assert isinstance(text, str)
    return text, made.notes


def test_a_page_says_what_it_is_and_the_index_repeats_it(tmp_path: Path) -> None:
    whole = sources(40, old=25, resolved=4)
    made = digest(40, old=25, resolved=4)
    (tmp_path / "digest-2026-W12.html").write_text(render.page(made))
    for one in slices.audiences(whole, WEEK, {Scope.ORGANIZATION, Scope.DEPARTMENT}):
        part = build.build(WEEK, slices.narrow(whole, one), one)
        (tmp_path / f"digest-2026-W12.{one.key}.html").write_text(render.page(part))
    said = archive.entry("a.html", (tmp_path / "digest-2026-W12.html").read_bytes())
    now = made.numbers
    assert (said.week, said.scope, said.verdict) == (WEEK, Scope.ALL, made.verdict)
    assert (said.overdue, said.soon, said.new, said.open) == (now.overdue, now.soon, now.new, now.open)
    text, notes = index(tmp_path)
    assert notes == ()
    assert made.verdict in html.unescape(text)
    assert "団体別 1・所属別 7" in text
    assert text.count("<a href=") == 1 + 1 + 7  # the whole, its organization, its departments
    assert "模擬市 第3課" in text
    assert index(tmp_path)[0] == text


def test_newest_first_by_years_and_a_slice_without_the_whole_is_there_too(tmp_path: Path) -> None:
    for week in ("2025-W52", "2026-W01", "2026-W10"):
        (tmp_path / f"digest-{week}.html").write_text(head(week))
    (tmp_path / "digest-2026-W11.a.html").write_text(head("2026-W11", "owner", "道路課"))
    text, _ = index(tmp_path)
    assert re.findall(r'class="sub nw">\s*(\S+?)<', text) == ["2026-W11", "2026-W10", "2026-W01", "2025-W52"]
    assert "全体の週報はこのフォルダにありません。" in text
    assert re.findall(r'<h2 id="y(\d+)"', text) == ["2026", "2025"]
    assert "令和8年3月2日(月)〜3月8日(日)" in text
    assert "1,234" in text


def test_what_is_foreign_is_left_out_with_one_note_each(tmp_path: Path) -> None:
    foreign = {
        "a.html": b"",
        "b.html": b"\xff\xfe\x00<html",
        "c.html": b"<![x<meta name=keiyaku:week",
        "d.html": head("2026-W60").encode(),
        "e.html": head(scope="nobody").encode(),
        "f.html": head().replace("open=1234", "open=12345678901234").encode(),
        "g.html": b"<style></style>" + head().encode(),
        "h.html": b" " * 70_000 + head().encode(),
    }
    for name, content in foreign.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "i.html").mkdir()
    (tmp_path / "j.html").symlink_to("nowhere")
    os.mkfifo(tmp_path / "k.html")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/l\xff.html")).write_text(head())
    (tmp_path / "digest-2026-W12.findings.xlsx").write_bytes(b"")
    text, notes = index(tmp_path)
    assert len(notes) == len(foreign) + 4
    assert all("not in the index." in note and note.isprintable() for note in notes)
    assert "週報はまだありません。" in text
    (tmp_path / archive.INDEX).write_text(text)
    assert len(index(tmp_path)[1]) == len(notes)  # the index does not speak of itself


@given(st.binary(max_size=200), st.text(max_size=40))
def test_no_bytes_make_a_traceback(junk: bytes, label: str) -> None:
    for content in (junk, b"<!" + junk, head().encode() + junk, junk + head(label=label).encode()):
        try:
            archive.entry("a.html", content)
        except ValueError:
            continue


def test_hostile_words_are_text_and_files_are_links(tmp_path: Path) -> None:
    name = 'digest"><b>#?&% 市.html'
    said = '<script>alert("1")</script>\u202e\x1b[31m'
    (tmp_path / name).write_text(head(label=said, said=said, scope="department"))
    text, notes = index(tmp_path)
    assert notes == ()
    assert "<script" not in text
    assert "<b>" not in text
    assert not re.search("[\x00-\x08\x0e-\x1f\u202e]", text)
    assert 'href="digest%22%3E%3Cb%3E%23%3F%26%25%20%E5%B8%82.html"' in text


def test_it_is_one_file_without_network_or_script(tmp_path: Path) -> None:
    (tmp_path / "digest.html").write_text(head())
    text, _ = index(tmp_path)
    assert '<html lang="ja">' in text
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|src=|url\(|https?:", text)
    assert not re.search(r"style=", text)


def test_five_hundred_weeks_are_quick(tmp_path: Path) -> None:
    week = Week(2017, 1)
    for number in range(500):
        one = Week(week.year + number // 52, number % 52 + 1)
        for part in range(6):
            label, scope = (f"第{part}課", "department") if part else ("", "all")
            (tmp_path / f"digest-{one.id}.{part}.html").write_text(head(one.id, scope, label) + "<style>" + " " * 9000)
    began = time.perf_counter()
    text, notes = index(tmp_path)
    assert time.perf_counter() - began < 10
    assert notes == ()
    assert "500週" in text
    assert len(text) < 3_000_000


def test_the_heads_of_real_pages_are_short_enough_to_be_read(tmp_path: Path) -> None:
    made = replace(digest(700, old=10), verdict="あ" * 2000)
    assert render.page(made).encode().index(b"<style") < archive._HEAD


def test_an_empty_folder_has_an_index_too(tmp_path: Path) -> None:
    assert "週報はまだありません。" in index(tmp_path)[0]
    assert "週報はまだありません。" in index(tmp_path / "nowhere")[0]


@pytest.mark.parametrize("missing", ["week", "scope", "numbers"])
def test_a_page_must_say_all(missing: str) -> None:
    with pytest.raises(ValueError, match="a.html|not a valid"):
        archive.entry("a.html", head().replace(f"keiyaku:{missing}", "other").encode())
