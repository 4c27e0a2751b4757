"""What was known at a moment: later files change nothing of it, to the hash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path
from stevo_dagster.lake import connect, manifest, releases
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.training_set import as_known_at, same_as

pytestmark = pytest.mark.slow


def test_the_set_of_a_release_comes_back_after_more_files_came(demo_copy, tmp_path):
    was = manifest(demo_copy.lake, "sequences", "all")
    with connect(demo_copy.lake, ["events"]) as con:
        (newest,) = con.execute("select max(received_at) from events").fetchall()[0]
    moment = max(newest, datetime(2024, 10, 19, 7, tzinfo=UTC)) + timedelta(seconds=1)
    late = simulate(tmp_path / "more", people=12, days=4, seed=8, start="2024-10-17").events
    lines = [
        line.replace('"event_id":"', '"event_id":"later-') for line in late.read_text().splitlines()
    ]
    more = tmp_path / "more.jsonl"
    received = (moment + timedelta(days=3)).strftime('"received_at":"%Y-%m-%dT%H:%M:%SZ"')
    more.write_text("\n".join(_received(line, received) for line in lines))
    (row,) = ingest_path(demo_copy, more, "events", "city", "more").ledger
    assert row.late_accepted and row.accepted

    out = tmp_path / "set.parquet"
    made = as_known_at(demo_copy, moment, out)
    assert made.described.content_hash == was.content_hash
    assert made.described.code_hash == was.code_hash
    assert len(pd.read_parquet(out)) == was.rows == made.described.rows
    release = releases.current(demo_copy.releases)
    assert same_as(demo_copy, was.content_hash) == [f"release {release.id}", "now"]
    assert same_as(demo_copy, "another") == []
    assert not list(demo_copy.home.glob(".as-known*"))

    now = as_known_at(demo_copy, moment + timedelta(days=30), out)
    assert now.described.content_hash != was.content_hash
    assert now.described.rows > was.rows and now.last_day > made.last_day


def test_before_the_first_event_nothing_was_known(demo_settings, tmp_path):
    with pytest.raises(StevoError, match="no event was received by 2001"):
        as_known_at(demo_settings, datetime(2001, 1, 1, tzinfo=UTC), tmp_path / "x.parquet")


def _received(line: str, received: str) -> str:
    head, found, tail = line.partition('"received_at":"')
    return head + received + tail.partition('"')[2] if found else line
