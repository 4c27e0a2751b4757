"""Duplicates, conflicts, late lines and reruns: any order of the same data, the same tables."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.ingest import ingest_path
from stevo_dagster.lake import connect, partitions
from stevo_dagster.settings import load_settings
from tests.stevo_dagster.ingest.kit import as_bytes, event, fates, rows

CLOCKS = "file_id, line_number, byte_offset, is_late"


def test_repeats_within_a_file(take, settings) -> None:
    other = event(1, category="other")
    result = take([event(1), event(2), event(1), other, event(1)])
    assert fates(result) == {"accepted": 2, "duplicate": 2, "conflict": 1}
    (conflict,) = rows(settings, "conflicts")
    assert (conflict["line_number"], conflict["reason"], conflict["field"]) == (
        4,
        "conflict",
        "event_id",
    )
    assert conflict["raw"] + b"\n" == as_bytes([other])


def test_repeats_across_files_and_days(take, settings) -> None:
    take([event(n) for n in range(6)])
    moved = event(1, event_at="2024-03-03T23:00:00Z")
    result = take([event(0), event(5), moved, event(9, event_at="2024-03-03T09:00:00Z")])
    assert fates(result) == {"accepted": 1, "duplicate": 2, "conflict": 1}
    assert len(rows(settings, "events")) == 7


def test_ids_are_unique_within_a_source_alone(take, settings) -> None:
    take([event(1), event(2)], source="a")
    assert fates(take([event(1)], source="b")) == {"accepted": 1}
    assert len(rows(settings, "events", "select distinct event_key from events")) == 3


def test_a_redelivery_is_a_duplicate_though_it_was_received_later(take) -> None:
    take([event(1)])
    assert fates(take([event(1, received_at="2024-03-09T00:00:00Z")])) == {"duplicate": 1}


def test_lines_without_an_id_are_known_by_their_content(take) -> None:
    lines = [event(1, event_id=None), event(4, event_id=None)]
    assert fates(take([*lines, lines[0]])) == {"accepted": 2, "duplicate": 1}
    assert fates(take([lines[1], event(7, event_id=None)])) == {"accepted": 1, "duplicate": 1}


def test_late_is_after_the_source_closed_the_day(take, settings) -> None:
    take([event(1, event_at="2024-03-03T06:00:00Z")])
    lines = [
        event(2, event_at="2024-03-01T23:59:59.999999Z"),
        event(3, event_at="2024-03-02T23:59:59Z"),
        event(4, event_at="2024-03-03T00:00:00Z"),
    ]
    assert fates(take(lines)) == {"accepted": 1, "late_accepted": 2}
    assert fates(take([event(5, event_at="2024-03-01T00:00:00Z")], source="new")) == {"accepted": 1}
    late = rows(settings, "events", "select event_id from events where is_late order by 1")
    assert [row["event_id"] for row in late] == ["e2", "e3"]


def test_days_are_in_one_order(take, settings) -> None:
    lines = [event(n) for n in range(40)]
    random.Random(3).shuffle(lines)
    take(lines)
    for partition in partitions(settings.lake, "events"):
        day = partition.removeprefix("day=")
        found = rows(settings, "events", f"select * from events where day = '{day}'")
        keys = [(row["event_at"], row["event_key"]) for row in found]
        assert keys == sorted(keys)
        assert {row["event_at"].date().isoformat() for row in found} == {day}


def test_a_plausible_swap_is_flagged_and_kept(take, settings) -> None:
    take([*(event(n) for n in range(20)), event(50, latitude=-73.9, longitude=40.7)])
    found = rows(settings, "events", "select event_id, latitude from events where is_suspect_swap")
    assert found == [{"event_id": "e50", "latitude": -73.9}]


@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(1, 39), max_size=2, unique=True))
@hypothesis_settings(max_examples=4, deadline=None)
def test_any_order_and_any_cut_give_the_same_events(tmp_path_factory, seed, cuts) -> None:
    lines = [event(n) for n in range(36)] + [event(n) for n in range(4)]
    expected = _tables(tmp_path_factory.mktemp("sorted"), [lines])
    shuffled = lines[:]
    random.Random(seed).shuffle(shuffled)
    bounds = [0, *sorted(cuts), len(lines)]
    files = [shuffled[a:b] for a, b in pairwise(bounds)]
    assert _tables(tmp_path_factory.mktemp("shuffled"), files) == expected


def _tables(folder, files) -> list:
    home = load_settings(folder)
    (home.secrets).mkdir(parents=True)
    (home.secrets / "pseudonym.key").write_text("k" * 32)
    for number, lines in enumerate(files):
        path = folder / f"{number}.jsonl"
        path.write_bytes(as_bytes(lines))
        ingest_path(home, path, "events", "web", f"run-{number}")
    with connect(home.lake, ["events"]) as con:
        return con.execute(
            f"select * exclude ({CLOCKS}) from events order by event_at, event_key"
        ).fetchall()
