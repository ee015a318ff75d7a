# SPDX-License-Identifier: Apache-2.0
"""The review page of `report --html`: what it holds, without a browser; in Debian's Chromium with HYPORTRAIT_FULL=1."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conftest import Program
from review_jobs import HOSTILE, hostile_folder, thousand_folder, twelve_jobs

FULL = os.environ.get("HYPORTRAIT_FULL") == "1"
CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("HYPORTRAIT_SHOTS")  # a folder for the screenshots
needs_browser = pytest.mark.skipif(not FULL, reason="SKIPPED BECAUSE HYPORTRAIT_FULL IS NOT 1: the page is not opened in a browser")


def page_of(program: Program, folder: Path, html: Path) -> str:
    outcome = program("report", folder, "--html", html, "--quiet", "--overwrite")
    assert html.exists(), outcome.err
    return html.read_text()


def data_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found.group(1))


@pytest.fixture(scope="module")
def twelve(program: Program, tiny: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of twelve jobs."""
    folder = twelve_jobs(program, tiny, samples, tmp_path_factory.mktemp("review") / "out")
    page_of(program, folder, folder / "review.html")
    return folder / "review.html"


def test_the_page_holds_every_job_with_its_pictures_and_figures(twelve: Path) -> None:
    text = twelve.read_text()
    data = data_of(text)
    assert "http" not in text.replace("http-equiv", "") and "{{" not in text
    assert [job["status"] for job in data["jobs"]].count("done") == 10
    bad = [job for job in data["jobs"] if job["status"] == "failed"]
    assert len(bad) == 2 and all("there is no such file" in job["why"] and job["advice"] for job in bad)
    files = twelve.parent / "review_files"
    first = next(job for job in data["jobs"] if job["name"] == "job 0.mp4")
    assert first["figures"].keys() >= {"expression distance", "pose degrees"}
    with Image.open(files / first["poster"]) as poster:
        assert max(poster.size) <= 320
    script = (files / f"{first['id']}.js").read_text()
    details = json.loads(re.fullmatch(r"hyportraitJob\(\d+, (.*)\);\n", script, re.S).group(1))
    assert details["driverTimes"][0] == [0, 0.4] and details["driverTimes"][-1][0] == 109
    assert details["result"]["url"] == "./job%200.mp4" and details["driver"]["moving"]
    assert ["seed", "0"] in details["settings"]
    assert (files / details["plot"]).read_text().startswith("<svg") and (files / details["strip"]).exists()


def test_what_names_and_errors_say_is_text(program: Program, tmp_path: Path) -> None:
    folder = hostile_folder(tmp_path / "out")
    text = page_of(program, folder, tmp_path / "review.html")
    assert len(data_of(text)["jobs"]) == len(HOSTILE)
    assert text.count("<script") == 2 and text.count("</script>") == 2 and "<img" not in text
    assert len(text) < 60_000


def test_a_thousand_jobs_are_a_small_page(program: Program, tmp_path: Path) -> None:
    text = page_of(program, thousand_folder(tmp_path / "out"), tmp_path / "review.html")
    assert len(data_of(text)["jobs"]) == 1000 and len(text) < 3_000_000


def test_a_page_made_again_has_the_pictures_of_its_own_jobs(program: Program, twelve: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(twelve.parent, folder, ignore=shutil.ignore_patterns("bad*", "review*"))
    page_of(program, folder, tmp_path / "review.html")
    first, second = ((tmp_path / "review_files" / f"{number}.jpg").read_bytes() for number in (0, 1))
    assert first != second
    for path in folder.glob("job 0.mp4*"):
        path.unlink()
    page_of(program, folder, tmp_path / "review.html")
    assert (tmp_path / "review_files" / "0.jpg").read_bytes() == second


def test_a_page_replaces_nothing_unasked(program: Program, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "review.html").write_text("mine")
    outcome = program("report", tmp_path / "out", "--html", tmp_path / "review.html")
    assert outcome.code == 2 and "--overwrite" in outcome.err and (tmp_path / "review.html").read_text() == "mine"
    (tmp_path / "other_files").mkdir()
    outcome = program("report", tmp_path / "out", "--html", tmp_path / "other.html")
    assert outcome.code == 2 and "other_files" in outcome.err and not (tmp_path / "other.html").exists()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.fail("chromium is not installed; scripts/test --full does that")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"])
        yield browser
        browser.close()


def opened(browser: Any, html: Path, **context: Any) -> Any:
    """The page; `troubles` is what it writes to the console. Its security policy forbids what Playwright's waiting for a
    condition does: tests that wait so pass `bypass_csp`."""
    page = browser.new_context(**context).new_page()
    page.troubles = []
    page.on("console", lambda message: page.troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.goto(html.as_uri())
    return page


def names(page: Any) -> list[str]:
    return page.locator("#grid .name").all_text_contents()


@needs_browser
def test_filter_sort_search_and_keyboard(browser: Any, twelve: Path) -> None:
    page = opened(browser, twelve, viewport={"width": 1440, "height": 900}, bypass_csp=True)
    assert len(names(page)) == 12
    page.uncheck("#filters input[value=done]")
    assert names(page) == ["bad a.mp4", "bad b.mp4"]
    page.check("#filters input[value=done]")
    page.fill("#search", "job 3")
    assert names(page) == ["job 3.mp4"]
    page.fill("#search", "no such file")
    assert len(names(page)) == 2
    page.fill("#search", "")
    page.select_option("#sort", "frames")
    page.click("#order")
    assert names(page)[0] == "job 0.mp4"
    page.select_option("#sort", "expression distance")
    assert names(page)[0] == "job 0.mp4", "what has no such figure comes last"
    page.select_option("#sort", "name")
    page.click("#order")
    page.locator("#grid .card").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    assert page.locator("#grid .card").nth(1).locator(".rating").text_content() == "rated 4 of 5"
    page.keyboard.press("Enter")
    page.wait_for_selector("#viewer[open]")
    assert page.text_content("#job-name") == "bad b.mp4 (failed)"
    assert "there is no such file" in page.text_content("#sentences") and "What to do" in page.text_content("#sentences")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('#job-name').textContent.startsWith('job 0')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#viewer:not([open])", state="attached")
    with page.expect_download() as download:
        page.click("#save")
    assert json.loads(Path(download.value.path()).read_text())["ratings"] == {"bad b.mp4": 4}
    page.reload()
    assert page.locator("#grid .card").nth(1).locator(".rating").text_content() == "rated 4 of 5"
    assert page.troubles == []


@needs_browser
def test_driver_and_result_play_in_step(browser: Any, twelve: Path) -> None:
    page = opened(browser, twelve, bypass_csp=True)
    page.click("text=job 0.mp4")
    page.wait_for_function("document.querySelectorAll('#viewer video').length === 2 && "
                           "[...document.querySelectorAll('#viewer video')].every((v) => v.readyState >= 3)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Math.abs(document.querySelector('#result video').currentTime - 2.5 / 25) < .02")
    page.wait_for_function("Math.abs(document.querySelector('#driver video').currentTime - .4 - 2.5 / 25) < .02")
    page.keyboard.press(" ")
    apart = page.evaluate("""() => new Promise((done) => {
      const [driver, result] = ["driver", "result"].map((id) => document.querySelector(`#${id} video`));
      const apart = [], begin = performance.now();
      const look = (_, frame) => {
        apart.push(Math.abs(driver.currentTime - .4 - frame.mediaTime));
        if (performance.now() - begin > 3000) done(apart); else result.requestVideoFrameCallback(look);
      };
      result.requestVideoFrameCallback(look);
    })""")
    assert len(apart) > 30
    assert sorted(apart)[int(len(apart) * 0.95)] <= 0.040, sorted(apart)[-10:]
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#result video').paused && document.querySelector('#driver video').paused")
    assert page.troubles == []


@needs_browser
def test_clips_that_have_moved_show_their_poster_and_path(browser: Any, twelve: Path, tmp_path: Path) -> None:
    shutil.copytree(twelve.parent / "review_files", tmp_path / "review_files")
    shutil.copy(twelve, tmp_path)
    page = opened(browser, tmp_path / "review.html")
    page.click("text=job 1.mp4")
    page.wait_for_selector("#result img")
    assert "has moved" in page.text_content("#result-path") and "job 1.mp4" in page.text_content("#result-path")


@needs_browser
def test_hostile_names_do_nothing(program: Program, browser: Any, tmp_path: Path) -> None:
    folder = hostile_folder(tmp_path / "out")
    page_of(program, folder, tmp_path / "review.html")
    page = opened(browser, tmp_path / "review.html")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for card in range(len(HOSTILE)):
        page.locator("#grid .card").nth(card).click()
        page.wait_for_selector("#viewer[open] .sentence")
        page.keyboard.press("Escape")
    assert page.title() == "hyportrait report" and dialogs == [] and page.troubles == []
    assert any("<img src=x" in name for name in names(page))


@needs_browser
def test_a_thousand_jobs_paint_within_a_second(program: Program, browser: Any, tmp_path: Path) -> None:
    page_of(program, thousand_folder(tmp_path / "out"), tmp_path / "review.html")
    page = opened(browser, tmp_path / "review.html", bypass_csp=True)
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert len(names(page)) == 1000 and paint < 1000, paint
    assert page.troubles == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_serious(browser: Any, twelve: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, twelve, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    for view in ("grid", "viewer"):
        if view == "viewer":
            page.click("text=job 0.mp4")
            page.wait_for_selector("#viewer[open] #plot img")
        found = [violation["id"] for violation in Axe().run(page).response["violations"]
                 if violation["impact"] in ("serious", "critical")]
        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the window"
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"review_{view}_{width}_{scheme}.png")
