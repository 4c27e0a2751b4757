"""The page in a real browser with the network off: everything is drawn, moves, and can be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.page import FILES, render
from tests.stevo_dagster.reports.browser import chromium, opened, violations
from tests.stevo_dagster.reports.test_page import HOSTILE


@pytest.fixture(scope="module")
def inputs(make_city, make_inputs) -> ReportInputs:
    return make_inputs(make_city(5, 60, lag_hours=6, evening_km=2.0, weekend=1.3))


@pytest.fixture(scope="module")
def folder(inputs, tmp_path_factory) -> Path:
    """The report's files side by side, as in a release."""
    path = tmp_path_factory.mktemp("report")
    for code, name in FILES.items():
        (path / name).write_text(render(replace(inputs, language=code)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize(
    ("scheme", "width", "name"),
    [
        ("light", 1280, "report.html"),
        ("dark", 1280, "report.html"),
        ("light", 390, "report.html"),
        ("light", 1280, "report.zh.html"),
    ],
)
def test_every_chart_is_drawn_and_nobody_is_shut_out(browser, folder, inputs, scheme, width, name):
    with opened(browser, folder / name, scheme, width) as found:
        page = found.page
        assert found.complaints == []
        drawn = page.eval_on_selector_all(
            ".chart:has(svg[aria-hidden=true] path)", "all => all.length"
        )
        assert drawn == len(figures(inputs))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []


def test_the_slider_moves_the_map_and_layers_switch(browser, folder):
    with opened(browser, folder / "report.html") as found:
        page = found.page
        cells = "Array.from(document.querySelectorAll('#chart-map path')).map(e => e.outerHTML)"
        before = page.evaluate(cells)
        page.focus("#map-period")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"before => JSON.stringify({cells}) !== before", arg=_json(before))
        told = page.locator("#map-period + output").inner_text()
        assert told == "2024-02-26 to 2024-03-03"
        assert page.get_attribute("#map-period", "aria-valuetext") == told
        assert page.is_visible("#figure-map") and page.is_hidden("#figure-hot-spots")
        page.get_by_label("Hot spots").check()
        assert page.is_hidden("#figure-map") and page.is_visible("#figure-hot-spots")
        assert page.locator("#chart-hot-spots svg").bounding_box()["width"] > 500
        page.select_option("#hot-spots-kind", "purchase")
        assert violations(page) == []
        assert found.complaints == []


def _json(value: list[str]) -> str:
    """As JSON.stringify writes it."""
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_marks_link_to_rows_and_rows_back_to_their_chart(browser, folder):
    with opened(browser, folder / "report.html") as found:
        page = found.page
        page.locator("#chart-type-correlations .mark-rect.role-mark path").first.click()
        page.wait_for_function("location.hash.startsWith('#type-correlations-row-')")
        row = page.locator(page.evaluate("location.hash"))
        assert row.is_visible()
        row.get_by_role("link").click()
        assert page.evaluate("location.hash") == "#title-type-correlations"
        assert page.locator("#title-type-correlations").is_visible()
        assert found.complaints == []


def test_the_other_language_is_one_click_away_and_back(browser, folder):
    with opened(browser, folder / "report.html") as found:
        found.page.get_by_role("link", name="中文").click()
        found.page.wait_for_selector("html[lang=zh][data-charts=light]", state="attached")
        found.page.get_by_role("link", name="English").click()
        found.page.wait_for_selector("html[lang=en][data-charts=light]", state="attached")
        assert found.complaints == []


def test_paper_is_light_and_has_every_layer(browser, folder):
    with opened(browser, folder / "report.html", "dark") as found:
        page = found.page
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.wait_for_selector("html[data-charts=light]", state="attached")
        assert page.is_visible("#figure-map") and page.is_visible("#figure-hot-spots")
        assert page.is_hidden("nav") and page.is_hidden("#map-period")


def test_nothing_hostile_is_run(browser, make_city, inputs, tmp_path):
    days = inputs.activity_days.assign(is_holiday=True, holiday_name=HOSTILE)
    hostile = replace(
        inputs,
        title=HOSTILE,
        activity_days=days,
        hot_spots=inputs.hot_spots.replace({"purchase": HOSTILE}),
        forecasts=inputs.forecasts.replace({"search": HOSTILE}),
    )
    path = tmp_path / "hostile.html"
    path.write_text(render(hostile), encoding="utf-8")
    with opened(browser, path) as found:
        found.page.get_by_label("Hot spots").check()
        found.page.select_option("#hot-spots-kind", HOSTILE)
        assert found.complaints == []
        assert found.page.locator("main img").count() == 0
