"""The page in Chromium: every width, both schemes, no network, no complaint, on paper."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from monitor.digest import archive, render
from monitor.digest.model import Digest
from monitor.digest.page_words import PICTURES_SHOWN
from monitor.digest.pictures.picture import Picture
from monitor.digest.templating import TEMPLATES
from tests.digest.make import digest
from tests.digest.whole import whole

SHOTS = Path(os.environ.get("KEIYAKU_SCREENSHOTS", "var/screenshots"))

SCHEME = "matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light'"
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


@pytest.fixture(scope="module", params=[0, 60], ids=["empty", "whole"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("digest") / ("whole.html" if request.param else "empty.html")
    path.write_text(render.page(whole(60) if request.param else digest(0)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("digest") / "forty.html"
    path.write_text(render.page(whole(40)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    made = browser.new_page(color_scheme=getattr(request, "param", "light"))
    yield made
    made.close()


@pytest.mark.parametrize("width", [360, 768, 1440])
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
    cut = "[...document.querySelectorAll('.wrap')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"
    assert page.evaluate(cut) == [], "a table is cut"
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{file.stem}-{width}.png", full_page=True)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(page: Page, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    page.screenshot(path=SHOTS / f"{file.stem}-{width}-{page.evaluate(SCHEME)}.png")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_each_link_leads_to_its_story(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    targets = page.evaluate("[...document.querySelectorAll('main a')].map(link => link.getAttribute('href'))")
    assert all(page.locator(str(target)).count() == 1 for target in set(targets))
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
    assert "判断が必要なもの" in sheets[0]
    assert "記録の連鎖" in sheets[-1]


def test_on_paper_a_table_that_goes_on_begins_with_its_headings(page: Page, forty: str, tmp_path: Path) -> None:
    page.goto(forty)
    page.evaluate("document.querySelectorAll('main > :not(.wrap:has(.queue))').forEach(one => one.remove())")
    page.pdf(path=tmp_path / "queue.pdf", prefer_css_page_size=True)
    sheets = subprocess.check_output(["pdftotext", "-layout", tmp_path / "queue.pdf", "-"], text=True).split("\f")[:-1]
    assert len(sheets) > 1
    assert all("確認すること" in "".join(sheet.splitlines()[:6]) for sheet in sheets)


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


# --- filter, search, sort ------------------------------------------------------------------------------------------

STORIES = ".stories details:visible"


def test_severities_are_filtered_without_a_script(browser: Browser, forty: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(forty)
    assert not page.locator(".js:visible").count()
    assert not page.locator("th button").count()
    before = page.locator(STORIES).count()
    high = page.locator(".stories details.h").count()
    page.locator("#kh").uncheck()
    assert page.locator(STORIES).count() == before - high
    assert not page.locator("tr.h:visible").count()
    assert page.locator(".filtered").is_visible()
    page.locator(".queue a").first.focus()
    context.close()


def test_a_search_reads_kana_and_width_alike_and_keeps_its_words_in_the_address(page: Page, tmp_path: Path) -> None:
    made = whole(40)
    odd = replace(made.open[3], title="「ﾌﾟﾛｼﾞｪｸﾀｰの購入」の確認事項")
    made = replace(made, open=(*made.open[:3], odd, *made.open[4:]))
    (tmp_path / "digest.html").write_text(render.page(made), encoding="utf-8")
    page.goto((tmp_path / "digest.html").as_uri())
    page.locator("#q").fill("ぷろじぇくたー")
    assert page.locator(STORIES).count() == 1
    assert page.locator("#status").inner_text() == "40件中1件を表示"
    address = page.url
    page.keyboard.press("Escape")
    assert page.locator(STORIES).count() == 40
    assert page.locator("#status").inner_text() == ""
    page.goto("about:blank")
    page.goto(address)
    assert page.locator(STORIES).count() == 1
    page.locator("#q").fill("どこにもない言葉")
    assert "40件中0件を表示" in page.locator("#status").inner_text()


def test_a_choice_narrows_every_list_and_a_link_to_what_it_hides_undoes_it(page: Page, forty: str) -> None:
    page.goto(forty)
    made = whole(40)
    page.locator("select[data-key=o]").select_option(label="模擬町")
    assert page.locator(STORIES).count() == sum(item.organization == "模擬町" for item in made.open)
    page.locator("select[data-key=p]").select_option(label="監理課")
    shown = [item for item in made.open if item.organization == "模擬町" and "監理課" in item.owners]
    assert page.locator(STORIES).count() == len(shown)
    hidden = next(item for item in made.open if item.organization == "模擬市")
    page.evaluate(f"location.hash = '{hidden.id}'")
    page.locator(f"#{hidden.id}").wait_for(state="visible")
    assert page.locator(STORIES).count() == 40


def test_a_table_is_sorted_both_ways_and_back(page: Page, forty: str) -> None:
    page.goto(forty)
    amounts = "[...document.querySelector('table.queue').tBodies[0].rows].map(row => row.cells[3].dataset.v ?? '')"
    head = page.locator("table.queue").first.locator("th", has_text="金額")
    first = page.evaluate(amounts)

    def numbers() -> list[int]:
        held = page.evaluate(amounts)
        filled = [value for value in held if value]
        assert held == filled + [""] * (len(held) - len(filled)), "what has no amount is last"
        return [int(value) for value in filled]

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert numbers() == sorted(numbers())
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers() == sorted(numbers(), reverse=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert page.evaluate(amounts) == first


def test_all_stories_open_at_once(page: Page, forty: str) -> None:
    page.goto(forty)
    assert page.locator(".stories .item:visible").count() < 40
    page.get_by_role("button", name="すべて開く").click()
    assert page.locator(".stories .item:visible").count() == 40


def test_ten_thousand_findings_are_found_and_sorted(page: Page, tmp_path: Path) -> None:
    made = digest(10_000, old=9_000)
    (tmp_path / "digest.html").write_text(render.page(made), encoding="utf-8")
    page.goto((tmp_path / "digest.html").as_uri())
    last = made.open[-1]
    page.locator("#q").fill(last.id)
    assert page.locator("#status").inner_text() == "10,000件中1件を表示"
    assert page.locator(f"#{last.id}").is_visible()
    page.keyboard.press("Escape")
    page.locator(".rest").first.get_by_role("button", name="番号").click()
    ids = page.evaluate("[...document.querySelectorAll('.rest tbody tr')].map(row => row.id)")
    assert ids == sorted(item.id for item in made.open[500:])


def test_ten_thousand_findings_with_pictures_are_quick_and_small() -> None:
    svg = f'<svg viewBox="0 0 328 200" role="img"><title>図</title><path d="{"M10 10 L20 20 " * 400}"/></svg>'
    made = digest(10_000, old=9_000)
    picture = Picture("split", "合計は限度額の3.2倍です", "図", svg)
    made = replace(made, open=tuple(replace(item, picture=picture) for item in made.open))
    began = time.perf_counter()
    page = render.page(made)
    assert time.perf_counter() - began < 6  # 3 s on a quiet machine
    assert len(page.encode()) < 6_000_000
    rows = re.findall('<tr id="[^\n]*', page.partition('id="rest"')[2])
    assert len(rows) == 9_500
    assert sum(len(row.encode()) for row in rows) / len(rows) <= 330
    assert page.count("合計は限度額の3.2倍です") == PICTURES_SHOWN


def test_the_script_is_small() -> None:
    assert len((TEMPLATES / "page.js").read_bytes()) <= 6_144


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_index_of_past_weeks_is_as_clean(page: Page, tmp_path: Path, width: int) -> None:
    (tmp_path / "digest-2026-W12.html").write_text(render.page(digest(40, old=20)), encoding="utf-8")
    for name, content in archive.index(tmp_path).files.items():
        (tmp_path / name).write_text(str(content), encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((tmp_path / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(asked) == 1
    assert said == []
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    page.locator("th a").first.click()
    assert page.title().startswith("契約点検 週報 2026-W12")
