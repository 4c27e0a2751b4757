"""Pieces of HTML: escaped, aligned, and JSON that cannot end its element."""

from __future__ import annotations

import json

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.reports import markup


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_no_text_opens_an_element_or_ends_an_attribute(value):
    shown = markup.text(value)
    assert not set(shown) & set("<>\"'")


@settings(deadline=None, max_examples=100)
@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_json_survives_and_stays_inside(value):
    block = markup.json_block("x", value)
    body = block.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in body and ">" not in body
    assert json.loads(body) == value


def test_table_has_headers_and_tells_words_from_numbers():
    frame = pd.DataFrame({"Name": ["<b>"], "Kind": ["lagged"], "n": [12345], "x": [float("nan")]})
    shown = markup.table(frame, 'a "caption"')
    assert '<th scope="row">&lt;b&gt;</th>' in shown
    assert '<td class="words">lagged</td>' in shown
    assert "<td>12,345</td>" in shown
    assert "<td>–</td>" in shown
    assert 'aria-label="a &quot;caption&quot;"' in shown
    assert shown.count('scope="col"') == 4


def test_no_text_no_paragraph():
    assert markup.paragraph("") == ""
    assert markup.paragraph("a & b", "note") == '<p class="note">a &amp; b</p>'
