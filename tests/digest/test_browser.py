"""The page in Chromium: every width, both schemes, no network, no complaint, on paper."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from monitor.digest import render
from monitor.digest.model import Digest
from tests.digest.make import digest

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield made
        made.close()


@pytest.fixture(scope="module", params=[0, 60], ids=["empty", "busy"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("digest") / "digest.html"
    path.write_text(render.page(digest(request.param, old=request.param // 2)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    made = browser.new_page(color_scheme=getattr(request, "param", "light"))
    yield made
    made.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways_and_nothing_is_fetched(page: Page, file: Path, width: int) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [file.as_uri()]
    assert said == []


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(page: Page, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_each_link_leads_to_its_story(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    targets = [link.get_attribute("href") for link in page.locator("main a").all()]
    assert all(page.locator(str(target)).count() == 1 for target in targets)
    if targets:
        page.locator("main a").first.click()
        assert page.locator(str(targets[0])).is_visible()


def test_on_paper_headings_repeat_and_nothing_is_cut(page: Page, file: Path, tmp_path: Path) -> None:
    page.goto(file.as_uri())
    page.pdf(path=tmp_path / "digest.pdf", prefer_css_page_size=True)
    text = subprocess.check_output(["pdftotext", "-layout", tmp_path / "digest.pdf", "-"], text=True)
    sheets = text.split("\f")[:-1]
    assert "契約点検" in sheets[0]
    assert re.search(rf"{len(sheets)} ?/ ?{len(sheets)}", sheets[-1])
    assert "記録の連鎖" in text
    if len(sheets) > 3:
        assert sum("確認すること" in sheet for sheet in sheets) >= 2


def _paper(page: Page, made: Digest, folder: Path, choice: str = "") -> str:
    (folder / "digest.html").write_text(render.page(made), encoding="utf-8")
    page.goto((folder / "digest.html").as_uri())
    if choice:
        page.get_by_label(choice).check()
    page.pdf(path=folder / "digest.pdf", prefer_css_page_size=True)
    return subprocess.check_output(["pdftotext", "-layout", folder / "digest.pdf", "-"], text=True)


def test_on_paper_every_story_is_open_and_every_sheet_names_its_week(page: Page, tmp_path: Path) -> None:
    made = digest(20, old=20)
    text = _paper(page, made, tmp_path)
    assert text.count("次にすること") == len(made.open)
    assert all("2026-W12" in sheet and made.head[:16] in sheet for sheet in text.split("\f")[:-1])


def test_on_paper_a_reader_may_leave_stories_closed_and_the_sheet_says_so(page: Page, tmp_path: Path) -> None:
    made = digest(20, old=20)
    text = _paper(page, made, tmp_path, "判断が必要なものだけ開く")
    assert text.count("次にすること") == len(made.queue) < len(made.open)
    assert "判断が必要なもののほかは、見出しだけを印刷しています。" in text
    assert all(item.id in text for item in made.open)


@pytest.mark.parametrize("width", [360, 1280])
def test_words_without_a_break_do_not_widen_the_page(page: Page, tmp_path: Path, width: int) -> None:
    word = "A" * 400
    made = digest(530, title=word, department=word, vendors=word)
    (tmp_path / "digest.html").write_text(render.page(made), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((tmp_path / "digest.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
