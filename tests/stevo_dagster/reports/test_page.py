"""The page: nothing fetched, nothing hostile run, nobody shown, and a browser that draws it all."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import h3
import pandas as pd
import pytest

from stevo_dagster.reports.page import TITLES, render

HOSTILE = "<script>alert(1)</script>\"'&</textarea><img src=x onerror=alert(2)>"
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects elements, checks that they nest, and keeps visible text and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.text.append(data)


def read(page: str) -> Reader:
    """The page, parsed; every element is closed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def city(make_city):
    return make_city(5, 60, lag_hours=6, evening_km=2.0, weekend=1.3)


@pytest.fixture(scope="module")
def page(city, make_inputs) -> str:
    return render(make_inputs(city))


def specs(page: str) -> dict:
    """The chart specifications in the page."""
    found = re.search(r'<script type="application/json" id="chart-specs">(.*?)</script>', page)
    assert found
    return json.loads(found.group(1))


def test_nothing_is_fetched(page):
    reader = read(page)
    for tag, attributes in reader.elements:
        assert "src" not in attributes and "srcset" not in attributes, tag
        for name in ("href", "action", "data", "poster", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, value)
    assert "url(" not in page.split("<style>")[1].split("</style>")[0]
    assert "@import" not in page
    assert '"url"' not in json.dumps(specs(page))
    policy = next(a["content"] for t, a in reader.elements if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy and "http" not in policy


def test_policy_allows_the_pages_own_scripts_alone(page):
    reader = read(page)
    policy = next(a["content"] for t, a in reader.elements if t == "meta" and "http-equiv" in a)
    kinds = [attributes.get("type") for tag, attributes in reader.elements if tag == "script"]
    bodies = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    allowed = set(re.findall(r"'(sha256-[^']+)'", policy))
    run = [body for body, kind in zip(bodies, kinds, strict=True) if kind is None]
    digests = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in run}
    assert allowed == {f"sha256-{digest}" for digest in digests}
    assert len(allowed) == 2


def test_it_is_small_and_the_same_every_time(page, city, make_inputs):
    assert len(page.encode()) < 15_000_000
    assert render(make_inputs(city)) == page


def test_it_says_what_was_planted_and_where_it_comes_from(page):
    text = " ".join(read(page).text)
    for words in (
        "Purchases rise 6 hours after searches rise",
        "higher at weekends",
        "2024-04-29 18:00 UTC",
        "model:st_transformer",
        "ST-Transformer, names the next place at the first try in 31.0% of cases",
        "Of 1,500 input lines 1,440 (96.0%) were accepted",
        "nobody in it is real",
        "impossible move",
    ):
        assert words in text
    for title in TITLES.values():
        assert title in text


def test_times_are_shown_in_utc(make_city, make_inputs):
    new_york = datetime(2024, 4, 29, 20, 30, tzinfo=timezone(timedelta(hours=-4)))
    small = make_city(1, 14)
    page = render(make_inputs(small, as_of=new_york))
    assert "<title>Behaviour report, data as of 2024-04-30 00:30 UTC</title>" in page
    assert " ".join(read(page).text).count("2024-04-30 00:30 UTC") > 1


def test_every_chart_has_an_alternative(page):
    reader = read(page)
    charts = [a for _, a in reader.elements if a.get("class") == "chart"]
    assert {a["id"] for a in charts} == set(specs(page))
    assert len(charts) >= 10
    assert all(a["role"] == "img" and a["aria-label"] for a in charts)
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) == len(charts)
    for figure in figures:
        assert "<details><summary>" in figure and "<caption>" in figure and "<td" in figure


def test_landmarks_headings_and_labels(page):
    reader = read(page)
    tags = [tag for tag, _ in reader.elements]
    for tag in ("h1", "main", "header", "footer", "nav"):
        assert tags.count(tag) == 1, tag
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in reader.elements:
        label = attributes.get("aria-labelledby")
        assert label is None or label in ids
        href = attributes.get("href")
        if href and href.startswith("#"):
            assert href[1:] in ids
    assert ("html", {"lang": "en"}) in reader.elements


@pytest.fixture(scope="module")
def hostile_page(city, make_inputs) -> str:
    """A page into which every text that data can bring carries markup."""
    swap = {"cart": HOSTILE}
    person_hours = city.person_hours.assign(
        event_type=city.person_hours["event_type"].replace(swap)
    )
    base = make_inputs(city)
    changed = base.correlations.replace({"event_type:cart": f"event_type:{HOSTILE}"})
    return render(
        make_inputs(
            city,
            person_hours=person_hours,
            correlations=changed,
            title=HOSTILE,
            model_source=HOSTILE,
            champion_reason=HOSTILE,
            notes=(HOSTILE,),
            evaluation=base.evaluation.replace("markov", HOSTILE),
            ledger=base.ledger.assign(source=HOSTILE),
            cleaning=pd.DataFrame({"reason": [HOSTILE], "removed": [3]}),
            calendar=city.calendar.assign(is_holiday=True, holiday_name=HOSTILE),
        )
    )


def test_hostile_text_is_shown_not_run(hostile_page):
    reader = read(hostile_page)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("script") == 4
    assert "img" not in tags
    assert not any(name.startswith("on") for _, a in reader.elements for name in a)
    assert HOSTILE.replace("_", " ") in " ".join(reader.text)


def test_no_group_of_fewer_than_k_people_is_drawn(city, make_inputs):
    # three people in a far corner, and a kind of event that only four people have
    corner = h3.latlng_to_cell(41.2, -73.2, 9)
    lonely = pd.DataFrame({"h3_r9": corner, "user_id": [1, 2, 3], "events": [77, 77, 77]})
    rare = pd.DataFrame(
        {"user_id": [1, 2, 3, 4], "weekday": 1, "local_hour": 5, "event_type": "confession",
         "events": 9}
    )  # fmt: skip
    quiet = city.calendar.copy()
    quiet.loc[3, ["users", "events"]] = [9, 31337]
    visits = pd.concat([city.visits, lonely])
    hours = pd.concat([city.person_hours, rare])
    page = render(make_inputs(city, visits=visits, person_hours=hours, calendar=quiet, k=10))
    for level in range(9, 2, -1):
        assert h3.cell_to_parent(corner, level) not in page
    assert "confession" not in page
    assert "31337" not in page and "31,337" not in page
    shown = 0
    for layer in specs(page)["chart-map"]["layer"]:
        for feature in layer["data"]["values"]:
            properties = feature.get("properties", {})
            if "cell" not in properties:
                continue
            shown += 1
            level = h3.get_resolution(properties["cell"])
            inside = visits["h3_r9"].map(lambda cell, to=level: h3.cell_to_parent(cell, to))
            people = visits[inside == properties["cell"]]["user_id"].nunique()
            assert 10 <= properties["users"] <= people
    assert shown > 20


def test_no_person_is_named(city, make_inputs):
    names = {user: f"person-{user:05d}" for user in range(500)}
    page = render(
        make_inputs(
            city,
            person_hours=city.person_hours.assign(user_id=city.person_hours["user_id"].map(names)),
            visits=city.visits.assign(user_id=city.visits["user_id"].map(names)),
        )
    )
    assert "person-0" not in page


def test_a_crowd_too_small_for_anything(make_city, make_inputs):
    small = make_city(1, 30, people=6)
    text = " ".join(read(render(make_inputs(small))).text)
    assert "no group has the 10 different people it takes" in text
    assert "under 10" in text


def test_without_places_the_page_says_so(make_city, make_inputs):
    flat = make_city(2, 42, places=False)
    page = render(make_inputs(flat, notes=("The data have no coordinates.",)))
    assert "chart-map" not in specs(page)
    assert "so there is no map" in page
    assert "chart-week-hours" in specs(page)


def test_a_release_without_a_model(city, make_inputs):
    names = ("evaluation", "curves", "correlations", "cleaning", "ledger")
    bare = {name: getattr(make_inputs(city), name).iloc[:0] for name in names}
    page = render(make_inputs(city, model_source="baseline:markov", champion_reason="", **bare))
    text = " ".join(read(page).text)
    assert "No evaluation came with this release." in text
    assert "No relation is supported" in text
    assert "No file has been ingested." in text
    assert not any(name.startswith("chart-metric") for name in specs(page))


def chromium(page: Path, profile: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in headless Chromium with no network."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("chromium is not installed")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={profile}", "--enable-logging=stderr", "--virtual-time-budget=30000",
        *options, f"file://{page}",
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(profile)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=True, env=environment
    )


@pytest.mark.parametrize(("theme", "options"), [
    ("light", ()), ("dark", ("--blink-settings=preferredColorScheme=0",)),
])  # fmt: skip
def test_a_browser_draws_every_chart_without_complaint(page, tmp_path, theme, options):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    result = chromium(path, tmp_path / "profile", "--dump-dom", *options)
    assert "CONSOLE" not in result.stderr, result.stderr
    assert f'data-charts="{theme}"' in result.stdout
    drawn = re.findall(
        r'<div class="chart[^>]*id="([\w-]+)"[^>]*>(?:(?!<figure).)*?<svg', result.stdout, re.S
    )
    assert set(drawn) == set(specs(page))
    pictures = re.findall(r"<svg [^>]*>", result.stdout.split("<main>")[1].split("</main>")[0])
    assert pictures and all('aria-hidden="true"' in picture for picture in pictures)
    hexagons = specs(page)["chart-map"]["layer"][0]["data"]["values"]
    assert result.stdout.count("<path") > len(hexagons)


def test_a_browser_runs_nothing_hostile(hostile_page, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(hostile_page, encoding="utf-8")
    result = chromium(path, tmp_path / "profile", "--dump-dom")
    assert "CONSOLE" not in result.stderr, result.stderr
    assert 'data-charts="light"' in result.stdout
    assert "<img" not in result.stdout.split("<main>")[1].split("</main>")[0]
