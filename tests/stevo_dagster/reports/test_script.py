"""The page's scripts: they fetch nothing, end no element early, and draw what the page holds."""

from __future__ import annotations

import re

from stevo_dagster.reports import script
from stevo_dagster.reports.page import render


def test_the_bundle_is_one_script_that_cannot_end_its_element():
    bundle = script.bundle()
    assert "</script" not in bundle.lower()
    assert "window.vegaEmbed" in bundle
    assert not re.search(r"^\s*import\s", bundle, re.M), "an import would be a request"
    assert script.bundle() is bundle, "made once: it takes seconds"


def test_drawing_needs_no_eval_and_no_network():
    assert "ast: true" in script.DRAW
    for word in ("eval(", "new Function", "fetch(", "XMLHttpRequest", "http"):
        assert word not in script.DRAW
    assert "actions: false" in script.DRAW, "the menu would offer an outside editor"


def test_it_reads_the_elements_that_the_page_has(make_city, make_inputs):
    page = render(make_inputs(make_city(5, 14)))
    wanted = re.findall(r'read\("([\w-]+)"\)', script.DRAW)
    assert wanted == ["chart-specs", "chart-themes"]
    assert all(f'id="{name}"' in page for name in wanted)
