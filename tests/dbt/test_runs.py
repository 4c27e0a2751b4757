"""The warehouse built by real dbt runs: whole, in chunks, with a bad day; and its documentation.

dbt starts slowly, so runs are shared: one full home, one built in chunks from the end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from stevo_dagster.commands.run import preview_lines
from stevo_dagster.days import days_between
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    Lake,
    connect,
    day_partition,
    manifest,
    partitions,
    run_staging,
)
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.warehouse import build, graph, plan
from stevo_dagster.warehouse.lineage import column_lineage
from stevo_dagster.warehouse.preview import preview
from stevo_dagster.warehouse.publish import decide_run, publish_run
from stevo_dagster.warehouse.tables import tables
from tests.dbt.conftest import FIRST, LAST, load_rows

pytestmark = pytest.mark.slow

MIDDLE = date(2024, 10, 16)


@dataclass(frozen=True)
class Run:
    """One finished dbt run: its home, results, and manifest with compiled SQL."""

    settings: Settings
    results: Path

    def statuses(self, kind: str) -> Counter[str]:
        """Statuses of the results of one resource type."""
        found = json.loads(self.results.read_text())["results"]
        return Counter(row["status"] for row in found if row["unique_id"].startswith(kind))


def _run(
    settings: Settings, group: str, days: tuple[date, date] | None, unit_tests: bool = False
) -> Run:
    first, last = days or (None, None)
    run_id = f"{group}-{first}"
    manifest_path = build.ensure_manifest()
    with run_staging(settings.lake, run_id):
        results = build.run_dbt(
            settings, run_id, [f"tag:{group}"], first, last, unit_tests=unit_tests
        )
        chosen = days_between(first, last)
        publish_run(settings, run_id, results, manifest_path, chosen)
    return Run(settings, results)


@pytest.fixture(scope="module")
def full(make_home: Callable[[str], Settings]) -> dict[str, Run]:
    """Every group built in one run each, with unit tests."""
    settings = make_home("full")
    return {
        "days": _run(settings, "days", (FIRST, LAST), unit_tests=True),
        "windows": _run(settings, "windows", (FIRST, LAST), unit_tests=True),
        "undated": _run(settings, "undated", None, unit_tests=True),
    }


@pytest.fixture(scope="module")
def chunked(make_home: Callable[[str], Settings]) -> Settings:
    """The days built in two chunks, the later one first."""
    settings = make_home("chunked")
    _run(settings, "days", (MIDDLE + timedelta(days=1), LAST))
    assert day_partition(MIDDLE) not in partitions(settings.lake, "int_events_clean")
    _run(settings, "days", (FIRST, MIDDLE))
    return settings


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One day with an event type that no contract knows."""
    settings = load_settings(tmp_path_factory.mktemp("bad"), {"STEVO_ENV": "ci"})
    load_rows(
        settings.lake,
        "select 'x' as event_id, 'u' as user_id, 'teleport' as event_type, 'i' as item_id,"
        " timestamptz '2024-10-10 10:00:01+00' as event_at",
    )
    return _run(settings, "days", (FIRST, FIRST))


def _hashes(lake: Lake, table: str) -> dict[str, str]:
    described = {part: manifest(lake, table, part) for part in partitions(lake, table)}
    return {part: found.content_hash for part, found in described.items() if found}


def test_unit_and_data_tests_pass(full: dict[str, Run]) -> None:
    units = sum((run.statuses("unit_test") for run in full.values()), Counter())
    data = sum((run.statuses("test") for run in full.values()), Counter())
    assert set(units) == {"pass"} and units["pass"] >= 14
    assert set(data) == {"pass"} and data["pass"] >= 70


def test_every_day_of_every_table_is_published_with_its_contract(full: dict[str, Run]) -> None:
    lake = full["days"].settings.lake
    days = [day_partition(day) for day in days_between(FIRST, LAST)]
    for name in (*plan.DAY_MODELS, *plan.WINDOW_MODELS):
        assert partitions(lake, name) == days, name
    for name in plan.UNDATED_MODELS:
        assert partitions(lake, name) == [UNDATED], name
    for name in (*plan.DAY_MODELS, *plan.WINDOW_MODELS, *plan.UNDATED_MODELS):
        described = manifest(lake, name, partitions(lake, name)[0])
        assert described is not None
        types = {column["name"]: column["type"].lower() for column in described.schema}
        assert types == dict(tables()[name].columns), name


def test_chunks_from_the_end_give_the_rows_of_one_full_run(
    full: dict[str, Run], chunked: Settings
) -> None:
    lake = full["days"].settings.lake
    for name in plan.DAY_MODELS:
        assert _hashes(chunked.lake, name) == _hashes(lake, name), name


def test_what_was_built_is_current_until_an_event_arrives(
    full: dict[str, Run], chunked: Settings
) -> None:
    whole = full["days"].settings
    assert plan.stale_days(whole, FIRST, LAST) == []
    assert plan.stale_days(whole, FIRST, LAST, plan.WINDOW_MODELS) == []
    assert plan.stale_undated(whole) == []
    late = FIRST + timedelta(days=4)
    load_rows(
        chunked.lake,
        "select 'late' as event_id, 'u' as user_id, 'click' as event_type, 'i' as item_id,"
        f" timestamptz '{late} 10:00:01+00' as event_at",
    )
    assert plan.stale_days(chunked, FIRST, LAST) == days_between(late, LAST)
    only_moves = plan.stale_days(chunked, FIRST, LAST, ["agg_cell_hours"])
    assert only_moves == days_between(late, LAST), "its look-back of 7 days ends with the data"


def test_a_preview_shows_the_late_event_and_publishes_nothing(chunked: Settings) -> None:
    late = FIRST + timedelta(days=4)
    load_rows(
        chunked.lake,
        "select 'later' as event_id, 'u2' as user_id, 'click' as event_type, 'i' as item_id,"
        f" timestamptz '{late} 11:00:01+00' as event_at",
    )
    before = {name: _hashes(chunked.lake, name) for name in plan.DAY_MODELS}
    found = preview(chunked, plan.DAY_MODELS, late, late + timedelta(days=1))
    assert {name: _hashes(chunked.lake, name) for name in plan.DAY_MODELS} == before
    assert not list((chunked.lake.root / ".staging").glob("preview*"))
    assert found.refused == {}
    changed = {(one.table, one.day): one for one in found.differences if not one.is_none}
    users = changed["agg_user_days", late]
    assert (users.added, users.changed) == (1, 0)
    assert users.rows_after == 1, "load_rows replaced the day by this one event"
    assert users.removed == users.rows_before
    calendar = changed["agg_calendar", late]
    assert (calendar.added, calendar.removed, calendar.changed) == (0, 0, 1)
    assert calendar.measures["events"].total.after == 1
    lines = list(preview_lines(found, ["dim_users"]))
    assert lines[-1] == "downstream: dim_users"
    assert f"{len(changed)} of {2 * len(plan.DAY_MODELS)} days of tables would change" in lines[-2]


def test_cleaning_removes_what_it_should_and_the_ledger_says_so(full: dict[str, Run]) -> None:
    with connect(full["days"].settings.lake) as con:
        removed = dict(
            con.execute(
                "select reason, sum(removed) from fct_cleaning_ledger group by 1"
            ).fetchall()
        )
        left = dict(
            con.execute("select source, count(*) from int_events_clean group by 1").fetchall()
        )
        gone = con.execute(
            "select (select count(*) from events) - (select count(*) from int_events_clean)"
        ).fetchone()
    assert removed["duplicate"] >= 2 and left["copies"] == 1
    assert left["hourly"] == 5 and left["placeless"] == 20 and left["sleepless"] == 150
    assert gone == (sum(removed.values()),)


def test_sources_without_places_run_through_to_the_aggregates(full: dict[str, Run]) -> None:
    with connect(full["days"].settings.lake) as con:
        found = con.execute(
            "select sum(events), sum(cells), max(radius_of_gyration_m) from agg_user_days"
            " where user_id = 'placeless-user'"
        ).fetchone()
    assert found == (20, 0, None)


def test_no_session_is_longer_than_a_day_and_none_loses_an_event(full: dict[str, Run]) -> None:
    with connect(full["days"].settings.lake) as con:
        longest = con.execute(
            "select max(duration_seconds), sum(events), count(*) from int_sessions"
            " where user_id = 'sleepless-user'"
        ).fetchone()
    assert longest is not None
    assert longest[0] <= 86400 and longest[1] == 150 and longest[2] == 3


def test_a_failing_test_is_red_and_holds_the_table_and_its_children(bad: Run) -> None:
    assert bad.statuses("test")["fail"] >= 1
    published = {name for name in plan.DAY_MODELS if partitions(bad.settings.lake, name)}
    assert published == {"fct_cleaning_ledger"}
    loaded = graph.read_manifest(build.MANIFEST_PATH)
    decisions = decide_run(bad.settings, bad.results, loaded, [FIRST])
    assert "accepted_values" in decisions["int_events_clean"].reason
    assert not decisions["fct_events"].ok


def test_a_missing_parent_day_is_refused_by_name(bad: Run) -> None:
    with pytest.raises(StevoError, match=r"int_events_clean day=2024-10-10 is not published"):
        plan.require_inputs(bad.settings, ["agg_item_days"], FIRST, FIRST)


def test_days_outside_the_data_are_refused(bad: Run) -> None:
    after = LAST + timedelta(days=30)
    with pytest.raises(StevoError, match=r"events day=2024-11-20 is outside the data"):
        plan.require_inputs(bad.settings, plan.DAY_MODELS, after, after)


def test_lineage_reaches_from_mart_to_event(full: dict[str, Run]) -> None:
    run = full["days"]
    compiled = graph.read_manifest(run.results.parent / "manifest.json")
    found = column_lineage(compiled, ["fct_cleaning_ledger", "agg_user_days", "fct_events"])
    assert ("events", "latitude") in found["fct_cleaning_ledger"]["removed"]
    assert found["agg_user_days"]["distance_m"] == [("int_moves", "distance_m")]
    assert found["fct_events"]["scaled_rating"] == [("int_events_clean", "rating")]


def test_documentation_lists_every_table_with_its_columns(full: dict[str, Run]) -> None:
    settings = full["days"].settings
    build.run_dbt(settings, "docs", [], None, None, command="docs generate")
    catalogue = json.loads((build.run_target(settings, "docs") / "catalog.json").read_text())
    described = {
        node["metadata"]["name"]: node["columns"]
        for part in ("nodes", "sources")
        for node in catalogue[part].values()
    }
    for name in (*plan.DAY_MODELS, *plan.WINDOW_MODELS, *plan.UNDATED_MODELS, "events"):
        assert set(described[name]) == set(tables()[name].columns), name


def test_every_model_and_column_is_described() -> None:
    loaded = graph.read_manifest(build.ensure_manifest())
    for node in loaded["nodes"].values():
        if node["resource_type"] == "model":
            assert node["description"], node["name"]
            blank = [name for name, column in node["columns"].items() if not column["description"]]
            assert not blank, node["name"]


def test_every_lake_model_has_a_contract_and_tests() -> None:
    loaded = graph.read_manifest(build.ensure_manifest())
    tested = Counter(graph.tests_of(loaded).values())
    for name in graph.lake_models(loaded):
        node = loaded["nodes"][f"model.stevo.{name}"]
        assert node["config"]["contract"]["enforced"], name
        assert tested[name] >= 2, name
