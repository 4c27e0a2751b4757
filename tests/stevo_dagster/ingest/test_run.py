"""One file from its path to its ledger row, and the inbox: every line ends in exactly one place."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.errors import Busy, StevoError
from stevo_dagster.home import read_home
from stevo_dagster.ingest import ingest_inbox, ingest_path, run
from stevo_dagster.ingest.landing import find_landed
from stevo_dagster.lake import lock
from stevo_dagster.settings import Limits, load_settings
from stevo_dagster.sources.simulator import simulate
from tests.stevo_dagster.ingest.kit import as_bytes, event, fates, rows

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


def test_a_file_has_one_ledger_row_that_says_where_it_came_from(take, settings) -> None:
    lines = [event(1), event(1), event(1, category="other"), b"bad", event(2)]
    result = take(lines)
    assert fates(result) == {"accepted": 2, "duplicate": 1, "conflict": 1, "quarantined": 1}
    (row,) = result.ledger
    assert rows(settings, "ingest_ledger") == [dataclasses.asdict(row)]
    landed = find_landed(settings, row.file_id)
    assert (row.source, row.format, row.run_id) == ("web", "events", "run-0")
    assert (row.lines, row.received_at) == (len(lines), landed.received_at)
    assert [row["file_id"] for row in rows(settings, "events")] == [row.file_id] * 2
    assert result.days == sorted({row["day"] for row in rows(settings, "events")})


def versions(settings) -> list[str]:
    """Every path of the lake."""
    return sorted(str(path) for path in (settings.home / "lake").rglob("*"))


def test_a_known_file_changes_nothing(take, settings) -> None:
    lines = [event(1), b"bad", event(2)]
    first = take(lines)
    before = versions(settings)
    again = take(lines, name="renamed.jsonl")
    assert again.file_ids == first.file_ids
    assert (again.days, again.ledger) == ([], [])
    assert versions(settings) == before


def test_of_two_runs_with_one_file_the_second_finds_it_known(take, settings) -> None:
    def go(number: int) -> None:
        parsed = settings.lake.staging(f"run-{number}") / "parsed" / "refused.parquet"
        done.append(pool.submit(take, [event(1), event(2)]))
        while not parsed.exists() and not done[-1].done():
            time.sleep(0.01)

    done: list = []
    with ThreadPoolExecutor(2) as pool:
        with lock(settings.lake, "events", "ingest"):
            go(0)
            go(1)
            assert not any(one.done() for one in done), "they did not wait for each other"
        results = [one.result() for one in done]
    assert sorted(len(result.ledger) for result in results) == [0, 1]
    assert len(rows(settings, "ingest_ledger")) == 1
    assert len(rows(settings, "events")) == 2


def test_the_home_spans_the_days(take, settings) -> None:
    take([event(0), event(2)])
    home = read_home(settings)
    assert (home.first_day, home.last_day) == ("2024-03-01", "2024-03-03")


def test_suppressed_people_are_counted_and_not_kept(take, settings) -> None:
    take([event(n) for n in range(6)], name="first.jsonl")
    (user,) = rows(settings, "events", "select user_id from events where event_id = 'e1'")
    (settings.secrets / "suppressed_users.txt").write_text(user["user_id"] + "\n")
    bad = event(31, user_id="u1", latitude=95.0)
    result = take([*(event(n) for n in range(20, 29)), bad], source="other")
    assert fates(result) == {"accepted": 6, "suppressed": 4}
    assert rows(settings, "quarantine") == []


def test_too_much_quarantine_publishes_nothing(take, settings) -> None:
    with pytest.raises(StevoError, match=r"3 of 4 lines would be quarantined") as refused:
        take([event(1), b"x", event(2, latitude=95.0), b"y"])
    assert "(2 bad_json, 1 out_of_range), over the limit of 50%" in refused.value.problem
    assert refused.value.where is not None
    assert refused.value.where.startswith("events.jsonl, line 2: ")
    for table in ("events", "quarantine", "conflicts", "ingest_ledger"):
        assert rows(settings, table) == []
    assert read_home(settings) is None
    assert not settings.lake.staging("run-0").exists()


def test_quarantine_up_to_the_limit_is_let_through(take) -> None:
    assert fates(take([b"x", event(1)])) == {"accepted": 1, "quarantined": 1}


def test_the_inbox_is_emptied_in_order_and_failures_stand_aside(settings) -> None:
    folder = settings.inbox / "events"
    folder.mkdir(parents=True)
    (folder / "b.jsonl").write_bytes(as_bytes([event(1, category="second"), event(2)]))
    (folder / "a.jsonl").write_bytes(as_bytes([event(1)]))
    (folder / "c.jsonl").write_bytes(b"")
    (folder / ".d.jsonl").write_bytes(b"half")
    (settings.inbox / "nonsense").mkdir()
    (settings.inbox / "nonsense" / "e.txt").write_bytes(b"x")
    results = ingest_inbox(settings, "run")
    assert [result.ledger[0].conflict for result in results] == [0, 1]
    assert [path.name for path in settings.inbox.rglob("*") if path.is_file()] == [".d.jsonl"]
    rejected = settings.landing / "rejected"
    assert "empty" in (rejected / "c.jsonl.error.txt").read_text()
    assert "unknown format" in (rejected / "e.txt.error.txt").read_text()
    assert ingest_inbox(settings, "run") == []


def test_a_rejected_file_does_not_take_the_place_of_an_older_one(settings) -> None:
    for content in (b"first", b"second"):
        for form in ("events", "tsmc2014"):
            (settings.inbox / form).mkdir(parents=True, exist_ok=True)
            (settings.inbox / form / "a.txt").write_bytes(form.encode() + content)
        ingest_inbox(settings, "run")
    rejected = settings.landing / "rejected"
    kept = [path for path in rejected.iterdir() if not path.name.endswith(".error.txt")]
    assert len(kept) == len({path.read_bytes() for path in kept}) == 4
    assert all(path.with_name(f"{path.name}.error.txt").is_file() for path in kept)


def test_a_folder_is_taken_whole_and_a_link_leaves_what_it_points_to(settings, tmp_path) -> None:
    inbox = settings.inbox / "movielens"
    inbox.mkdir(parents=True)
    for number, folder in enumerate((inbox / "folder", tmp_path / "behind")):
        folder.mkdir()
        rating = f"{number}\t{number}\t4\t1709251200\n"
        (folder / "a.inter").write_text(
            f"user_id:token\titem_id:token\trating:float\ttimestamp:float\n{rating}"
        )
        (folder / "a.item").write_text(
            f"item_id:token\tmovie_title:token_seq\tclass:token_seq\n{number}\tA\tDrama\n"
        )
    (inbox / "link").symlink_to(tmp_path / "behind")
    assert [fates(result) for result in ingest_inbox(settings, "run")] == [{"accepted": 1}] * 2
    assert list(inbox.iterdir()) == []
    assert len(list((tmp_path / "behind").iterdir())) == 2


def test_without_a_key_every_file_stays_in_the_inbox(settings) -> None:
    assert ingest_inbox(dataclasses.replace(settings, environment="prod"), "run") == []
    path = settings.inbox / "events" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(as_bytes([event(1)]))
    with pytest.raises(StevoError, match="no pseudonym key"):
        ingest_inbox(dataclasses.replace(settings, environment="prod"), "run")
    assert path.is_file()
    assert not (settings.landing / "rejected").exists()


def test_a_file_stays_while_another_process_writes_the_days(settings, monkeypatch) -> None:
    monkeypatch.setattr(run, "SETTLE_WAIT_SECONDS", 0.0)
    path = settings.inbox / "events" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(as_bytes([event(1)]))
    with (
        lock(settings.lake, "events", "ingest"),
        pytest.raises(Busy, match="being written by another process"),
    ):
        ingest_inbox(settings, "run")
    assert path.is_file()
    assert not (settings.landing / "rejected").exists()
    (result,) = ingest_inbox(settings, "run")
    assert result.ledger[0].accepted == 1
