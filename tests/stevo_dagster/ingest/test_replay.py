"""Another try at quarantined lines: what is right now leaves, once; all else stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home
from stevo_dagster.ingest import ingest_path
from stevo_dagster.ingest.landing import land
from stevo_dagster.ingest.pseudonym import pseudonyms
from stevo_dagster.ingest.replay import replay
from stevo_dagster.settings import Settings, load_settings
from tests.stevo_dagster.ingest.kit import as_bytes, event, fates, rows

OLD = [event(n, event_at=f"1985-01-{n:02d}T00:00:00Z") for n in range(1, 4)]
WIDE = {"STEVO_ENV": "ci", "STEVO_EVENT_AT_MIN": "1980-01-01"}


@pytest.fixture
def wide(settings) -> Settings:
    """The home with a range of event_at that takes OLD."""
    return load_settings(settings.home, WIDE)


def in_quarantine(settings: Settings) -> list[dict[str, Any]]:
    return rows(settings, "quarantine", "select * from quarantine order by file_id, line_number")


def ledger(settings: Settings, file_id: str) -> list[dict[str, Any]]:
    query = f"select * from ingest_ledger where file_id = '{file_id}' order by lines desc"
    return rows(settings, "ingest_ledger", query)


def test_what_is_right_now_leaves_and_only_once(take, settings, wide) -> None:
    first = take([b"bad", *OLD, event(2, event_id="e1"), *(event(n) for n in range(10, 15))])
    assert fates(first) == {"accepted": 6, "quarantined": 4}
    (result,) = replay(wide, "replay-1")
    assert fates(result) == {"late_accepted": 2, "conflict": 1}
    assert result.ledger[0].lines == 3
    assert [(row["line_number"], row["status"]) for row in in_quarantine(settings)] == [
        (1, "open"),
        (2, "replayed"),
        (3, "replayed"),
        (4, "replayed"),
    ]
    assert replay(wide, "replay-2") == []
    assert len(rows(settings, "ingest_ledger")) == 2


def test_nothing_leaves_without_a_change(take, settings) -> None:
    take([b"bad", event(1)])
    before = in_quarantine(settings)
    assert replay(settings, "replay-1") == []
    assert in_quarantine(settings) == before
    assert len(rows(settings, "ingest_ledger")) == 1


def test_a_home_without_files_has_nothing_to_try(settings) -> None:
    assert replay(settings, "replay-1") == []


def test_lines_that_left_have_a_ledger_row_beside_the_first(take, settings, wide) -> None:
    (file_id,) = take([*OLD, event(1), *(event(n) for n in range(10, 14))]).file_ids
    (first,) = ledger(settings, file_id)
    (result,) = replay(wide, "replay-1", file_id)
    (row,) = result.ledger
    assert result.file_ids == [file_id]
    assert [day.isoformat() for day in result.days] == ["1985-01-02", "1985-01-03"]
    home = read_home(settings)
    assert home is not None and home.first_day == "1985-01-02"
    assert ledger(settings, file_id) == [first, {**first, **vars(row)}]
    assert (row.run_id, row.lines, row.quarantined) == ("replay-1", 3, 0)
    assert (row.late_accepted, row.conflict) == (2, 1)
    left = [line for line in in_quarantine(settings) if line["status"] == "replayed"]
    assert [line["run_id"] for line in left] == ["replay-1"] * 3


def test_what_stays_keeps_its_bytes_its_run_and_its_time(take, settings, wide) -> None:
    take([b"bad\xff", *OLD[:1], event(2, latitude=95.0), *(event(n) for n in range(4, 8))])
    before = {row["line_number"]: row for row in in_quarantine(settings)}
    assert fates(replay(wide, "replay-1")[0]) == {"late_accepted": 1}
    after = {row["line_number"]: row for row in in_quarantine(settings)}
    assert (after[1], after[3]) == (before[1], before[3])
    assert after[2] == {**before[2], "status": "replayed", "run_id": "replay-1"}


def test_a_file_can_be_tried_alone(take, settings, wide) -> None:
    files = [take([OLD[n], event(10 + n)]).file_ids[0] for n in range(2)]
    (only,) = replay(wide, "replay-1", files[1])
    assert only.file_ids == [files[1]]
    assert [result.file_ids for result in replay(wide, "replay-2")] == [[files[0]]]


@pytest.mark.parametrize("file_id", ["0" * 16, "*", ""])
def test_an_unknown_file_is_refused(take, settings, file_id) -> None:
    take([b"bad", event(1)])
    with pytest.raises(StevoError, match="is not there"):
        replay(settings, "replay-1", file_id)


def test_a_file_that_was_landed_and_refused_has_no_lines_to_try(take, settings, wide) -> None:
    with pytest.raises(StevoError, match="would be quarantined"):
        take(OLD)
    (sidecar,) = (settings.landing / "files").rglob("*.json")
    assert replay(wide, "replay-1", sidecar.name[:16]) == []
    assert rows(settings, "events") == []


def test_lines_join_the_source_under_which_the_ledger_knows_them(settings, wide, tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(as_bytes([OLD[0], event(2), event(3)]))
    land(settings, path, "events", "first-name")
    ingest_path(settings, path, "events", "web", "run-1")
    (result,) = replay(wide, "replay-1")
    assert result.ledger[0].source == "web"
    assert {row["source"] for row in rows(settings, "events")} == {"web"}


def test_lines_of_people_suppressed_since_leave_and_are_no_events(take, settings, wide) -> None:
    take([*OLD, *(event(n) for n in range(3, 9))])
    hidden = pseudonyms(settings).of(OLD[1]["user_id"])
    (settings.secrets / "suppressed_users.txt").write_text(hidden)
    (result,) = replay(wide, "replay-1")
    assert fates(result) == {"conflict": 1, "late_accepted": 1, "suppressed": 1}
    assert {row["status"] for row in in_quarantine(settings)} == {"replayed"}


def test_conflicts_of_the_first_pass_stay_beside_those_of_the_replay(take, settings, wide) -> None:
    take([event(1), event(1, category="other"), OLD[0], event(2), event(3)])
    query = "select * from conflicts order by line_number"
    (first,) = rows(settings, "conflicts", query)
    assert fates(replay(wide, "replay-1")[0]) == {"conflict": 1}
    kept, new = rows(settings, "conflicts", query)
    assert kept == first
    assert (new["line_number"], new["run_id"], new["raw"]) == (
        3,
        "replay-1",
        as_bytes([OLD[0]]).rstrip(),
    )


@given(st.lists(st.sampled_from(["good", "old", "bad", "far"]), min_size=4, max_size=12))
@hypothesis_settings(max_examples=3, deadline=None)
def test_a_home_that_was_mended_holds_what_a_right_one_does(tmp_path_factory, kinds) -> None:
    folder = tmp_path_factory.mktemp("homes")
    made = {
        "good": lambda n: event(n),
        "old": lambda n: event(n, event_at="1985-01-01T00:00:00Z"),
        "bad": lambda n: b"bad",
        "far": lambda n: event(n, latitude=95.0),
    }
    lines = [made[kind](number) for number, kind in enumerate(kinds)]
    path = folder / "events.jsonl"
    # Lines that are good for both, so that no file is refused whole.
    path.write_bytes(as_bytes([*lines, *(event(n) for n in range(20, 30))]))
    environ = {"STEVO_ENV": "ci", "STEVO_WATERMARK_HOURS": "400000"}
    homes = {
        "mended": load_settings(folder / "mended", environ),
        "right": load_settings(folder / "right", {**environ, **WIDE}),
    }
    for home in homes.values():
        home.secrets.mkdir(parents=True)
        (home.secrets / "pseudonym.key").write_text("k" * 32)
        ingest_path(home, path, "events", "web", "run-1")
    replay(load_settings(folder / "mended", {**environ, **WIDE}), "replay-1")
    columns = "select * exclude (received_at) from events order by event_at, event_key"
    found = {name: rows(home, "events", columns) for name, home in homes.items()}
    assert found["mended"] == found["right"]
    still_open = [
        row["line_number"] for row in in_quarantine(homes["mended"]) if row["status"] == "open"
    ]
    assert still_open == [row["line_number"] for row in in_quarantine(homes["right"])]
    counted = [
        sum(row["lines"] - row["quarantined"] for row in rows(home, "ingest_ledger"))
        for home in homes.values()
    ]
    assert counted[0] == counted[1]
