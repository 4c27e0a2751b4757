"""Every line of any file ends in exactly one place, and quarantined bytes are the file's bytes."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path
from stevo_dagster.settings import Limits, load_settings
from stevo_dagster.sources.simulator import simulate
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows

PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"{}", b"\xef\xbb\xbf", b"\x00", b'"', b"[[", b" "]),
    st.integers(0, 6).map(lambda n: as_bytes([event(n)])),
    st.text(max_size=10).map(lambda text: as_bytes([event(1, item_id=text, **{text: text})])),
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
@hypothesis_settings(max_examples=12, deadline=None)
def test_any_bytes_are_accounted_for(tmp_path_factory, content) -> None:
    folder = tmp_path_factory.mktemp("home")
    home = dataclasses.replace(load_settings(folder), limits=Limits(max_quarantine_share=1))
    path = folder / "any.jsonl"
    path.write_bytes(content)
    wanted = [line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    try:
        (row,) = ingest_path(home, path, "events", "web", "run").ledger
    except StevoError as error:
        unreadable = content[:2] in (b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b")
        assert unreadable or not wanted, error
        return
    found = rows(home, "quarantine")
    kept = rows(home, "events", "select count(*) as n from events")
    assert row.lines == len(wanted)
    assert row.accepted == (kept[0]["n"] if kept else 0)
    assert row.quarantined == len(found)
    assert row.conflict == len(rows(home, "conflicts"))
    for line in found:
        start, size = line["byte_offset"], line["byte_length"]
        assert content[start : start + size] == line["raw"]
        assert content[:start].count(b"\n") + 1 == line["line_number"]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_dirty_city_ends_as_its_truth_says(settings, tmp_path, form) -> None:
    city = simulate(tmp_path / "city", people=25, days=8, dirt=0.05, format=form)
    truth = json.loads(city.truth.read_text())
    (row,) = ingest_path(settings, city.events, "events", "city", "run-1").ledger
    assert {name: getattr(row, name) for name in truth["ledger"]} == truth["ledger"]
    reasons = {r["line_number"]: r["reason"] for r in rows(settings, "quarantine")}
    for kind, told in truth["dirt"].items():
        for line in told["line_numbers"]:
            if told["expect"] == "quarantined":
                assert reasons[line] in told["reasons"], (kind, line)
            else:
                assert line not in reasons, kind
    if city.late is not None:
        (late,) = ingest_path(settings, city.late, "events", "city", "run-2").ledger
        assert (late.lines, late.late_accepted) == (
            truth["late_file"]["lines"],
            truth["late_file"]["late_accepted"],
        )
    swapped = Counter(row["is_suspect_swap"] for row in rows(settings, "events"))
    assert swapped[True] == truth["dirt"]["lat_lon_swapped"]["count"]
