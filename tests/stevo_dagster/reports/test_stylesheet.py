"""The stylesheet: fetches nothing, names only colours it has, and dresses what the page holds."""

from __future__ import annotations

import re

from stevo_dagster.reports.page import render
from stevo_dagster.reports.stylesheet import CSS

BLOCK = re.compile(r":root\s*\{([^}]*)\}")


def properties(block: str) -> set[str]:
    return set(re.findall(r"(--[\w-]+)\s*:", block))


def test_it_is_whole_and_asks_for_nothing():
    assert CSS.count("{") == CSS.count("}") > 50
    assert "</style" not in CSS.lower()
    for word in ("@import", "url(", "http"):
        assert word not in CSS


def test_every_colour_it_names_has_a_value_in_light_dark_and_print():
    light, dark, paper = (properties(block) for block in BLOCK.findall(CSS))
    used = set(re.findall(r"var\((--[\w-]+)\)", CSS))
    assert used <= light
    assert dark == light, "a colour without a dark value would be unreadable at night"
    assert paper < light


def test_every_class_of_the_page_is_dressed(make_city, make_inputs):
    page = render(make_inputs(make_city(5, 42, lag_hours=6)))
    body = page[page.index("<body>") : page.index("<script")]
    named = {name for value in re.findall(r'class="([^"]+)"', body) for name in value.split()}
    dressed = set(re.findall(r"\.([a-z][\w-]*)", CSS))
    assert named and named <= dressed


def test_print_hides_what_paper_cannot_use():
    paper = CSS[CSS.index("@media print") :]
    hidden = next(rule for rule in paper.splitlines() if "display: none" in rule)
    for name in ("nav", ".skip", "details"):
        assert name in hidden
