"""Both themes have every role a chart names, and colours that people can tell apart."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from stevo_dagster.reports.charts import specification
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.stylesheet import CSS
from stevo_dagster.reports.theme import chart_config

THEMES = {"light": chart_config(), "dark": chart_config(dark=True)}
CARDS = dict(zip(THEMES, re.findall(r"--card: (#\w{6})", CSS), strict=True))


def channels(colour: str) -> list[int]:
    """Red, green and blue."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    parts = [value / 255 for value in channels(colour)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shape(value: object) -> object:
    """The keys of a nested mapping."""
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else None


def test_the_two_themes_differ_in_colours_alone():
    assert shape(THEMES["light"]) == shape(THEMES["dark"])
    for name, ramp in THEMES["light"]["range"].items():
        assert len(ramp) == len(THEMES["dark"]["range"][name])
        assert ramp != THEMES["dark"]["range"][name]


@pytest.mark.parametrize("theme", list(THEMES))
def test_text_and_lines_stand_out_from_the_card(theme):
    config, card = THEMES[theme], CARDS[theme]
    for text in (config["axis"]["labelColor"], config["style"]["label"]["color"]):
        assert contrast(text, card) >= 4.5, "WCAG AA for text"
    for line in (*config["range"]["category"], config["style"]["emphasis"]["color"]):
        assert contrast(line, card) >= 3, "WCAG AA for graphics"


@pytest.mark.parametrize("theme", list(THEMES))
def test_ramps_go_from_the_paper_to_the_ink_without_turning_back(theme):
    ramp = [luminance(colour) for colour in THEMES[theme]["range"]["ramp"]]
    assert ramp == sorted(ramp, reverse=theme == "light")
    middle = THEMES[theme]["range"]["diverging"]
    assert len(middle) % 2 == 1, "zero has a colour of its own"


@pytest.mark.parametrize("theme", list(THEMES))
def test_no_two_categories_look_alike(theme):
    for one, other in combinations(THEMES[theme]["range"]["category"], 2):
        apart = sum(abs(a - b) for a, b in zip(channels(one), channels(other), strict=True))
        assert apart > 60, (one, other)


def test_every_style_that_a_chart_names_is_there(make_city, make_inputs):
    def named(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["style"]} if isinstance(value.get("style"), str) else set()
            return own.union(*map(named, value.values())) if value else own
        return set().union(*map(named, value)) if isinstance(value, list) else set()

    drawn = figures(make_inputs(make_city(5, 42, lag_hours=6, evening_km=2.0)))
    used = set().union(*(named(specification(figure.chart)) for figure in drawn))
    assert used and used <= set(THEMES["light"]["style"])
