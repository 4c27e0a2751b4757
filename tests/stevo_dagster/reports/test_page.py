"""The page: nothing fetched, nobody shown, everything labelled, in both languages."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from itertools import pairwise

import h3
import pandas as pd
import pytest

from stevo_dagster.reports.inputs import empty
from stevo_dagster.reports.language import LANGUAGES, Say
from stevo_dagster.reports.page import FILES, render, titles
from tests.stevo_dagster.reports.conftest import activity_of

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
            beside = value in FILES.values()
            assert value is None or beside or value.startswith(("#", "data:")), (tag, value)
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
    for title in titles(Say()).values():
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


def test_the_page_is_whole_in_every_language(city, make_inputs):
    pages = {code: render(make_inputs(city, language=code)) for code in LANGUAGES}
    for code, page in pages.items():
        reader = read(page)
        assert ("html", {"lang": code}) in reader.elements
        others = [FILES[other] for other in LANGUAGES if other != code]
        links = [a["href"] for tag, a in reader.elements if tag == "a" and "hreflang" in a]
        assert links == others
    shape = {code: [tag for tag, _ in read(page).elements] for code, page in pages.items()}
    assert shape["zh"] == shape["en"]
    assert set(specs(pages["zh"])) == set(specs(pages["en"]))
    chinese = " ".join(read(pages["zh"]).text)
    assert "搜索上升后 6 小时，购买上升" in chinese
    for title in titles(Say()).values():
        assert title not in chinese


@pytest.fixture(scope="module")
def hostile_page(city, make_inputs) -> str:
    """A page into which every text that data can bring carries markup."""
    base = make_inputs(city)
    days = base.activity_days.assign(is_holiday=True, holiday_name=HOSTILE)
    return render(
        make_inputs(
            city,
            activity_days=days.replace({"cart": HOSTILE}),
            activity_hours=base.activity_hours.replace({"cart": HOSTILE}),
            hot_spots=base.hot_spots.replace({"purchase": HOSTILE}),
            seasonality=base.seasonality.replace({"category:cafe": f"category:{HOSTILE}"}),
            forecasts=base.forecasts.replace({"search": HOSTILE, "ets": HOSTILE}),
            correlations=base.correlations.replace({"event_type:cart": f"event_type:{HOSTILE}"}),
            title=HOSTILE,
            model_source=HOSTILE,
            champion_reason=HOSTILE,
            evaluation=base.evaluation.replace("markov", HOSTILE),
            ledger=base.ledger.assign(source=HOSTILE),
            cleaning=pd.DataFrame({"reason": [HOSTILE], "removed": [3]}),
        )
    )


def test_hostile_text_is_shown_not_run(hostile_page):
    reader = read(hostile_page)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("script") == 4
    assert "img" not in tags
    assert not any(name.startswith("on") for _, a in reader.elements for name in a)
    assert HOSTILE.replace("_", " ") in " ".join(reader.text)


def test_no_group_of_fewer_than_k_people_is_drawn(make_city, make_inputs):
    # three people in a far corner, a kind of event that only four have, and a quiet day
    city = make_city(6, 30)
    corner = h3.latlng_to_cell(41.2, -73.2, 9)
    common = {"hour": 300, "local_hour": 12, "weekday": 3, "day": date(2024, 3, 13)}
    lonely = pd.DataFrame({"user_id": [1, 2, 3] * 30, "event_type": "click", "h3_r9": corner})
    rare = pd.DataFrame({"user_id": [1, 2, 3, 4] * 9, "event_type": "confession", "h3_r9": None})
    quiet = pd.DataFrame(
        {"user_id": range(9), "event_type": "click", "h3_r9": None, "day": date(2024, 2, 29)}
    )
    extra = [lonely.assign(**common), rare.assign(**common), quiet.assign(**{**common, **quiet})]
    events = pd.concat([city.events, *extra], ignore_index=True)
    day = {"day": date(2024, 2, 29), "events": 9, "users": 9, "is_weekend": False}
    calendar = pd.concat([city.calendar, pd.DataFrame([day | {"is_holiday": False}])])
    page = render(make_inputs(city, **activity_of(events, calendar)))
    for level in range(9, 2, -1):
        assert h3.cell_to_parent(corner, level) not in page
    assert "confession" not in page
    assert "1 days with fewer than 10 people are left out" in page
    drawn = specs(page)["chart-map"]["layer"][1]["data"]["values"]
    assert len(drawn) > 20
    for row in drawn:
        level = h3.get_resolution(row["cell"])
        inside = events["h3_r9"].map(lambda cell, to=level: cell and h3.cell_to_parent(cell, to))
        people = events[inside == row["cell"]]["user_id"].nunique()
        assert 10 <= row["users"] <= people


def test_no_person_is_named(city, make_inputs):
    events = city.events.assign(user_id=[f"person-{user:05d}" for user in city.events["user_id"]])
    page = render(make_inputs(city, **activity_of(events, city.calendar)))
    assert "person-0" not in page


def test_a_crowd_too_small_for_anything(make_city, make_inputs):
    nothing = {name: empty(name) for name in ("seasonality", "hot_spots", "flows", "forecasts")}
    text = " ".join(read(render(make_inputs(make_city(1, 30, people=6), **nothing))).text)
    assert "no group has the 10 different people it takes" in text
    assert "under 10" in text


def test_without_places_the_page_says_so(make_city, make_inputs):
    flat = make_city(2, 42, places=False)
    page = render(make_inputs(flat, has_places=False))
    assert "chart-map" not in specs(page) and "chart-hot-spots" not in specs(page)
    assert "The data have no coordinates" in page
    assert "chart-week-hours" in specs(page)


def test_a_release_without_a_model(city, make_inputs):
    names = (
        "evaluation", "curves", "correlations", "cleaning", "ledger", "seasonality", "hot_spots",
    )  # fmt: skip
    bare = {name: getattr(make_inputs(city), name).iloc[:0] for name in names}
    page = render(make_inputs(city, model_source="baseline:markov", champion_reason="", **bare))
    text = " ".join(read(page).text)
    assert "No evaluation came with this release." in text
    assert "No finding is supported" in text
    assert "No file has been ingested." in text
    assert not any(name.startswith("chart-metric") for name in specs(page))
