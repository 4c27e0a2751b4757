"""The chain's own steps: what waits, what is chosen, what stands downstream, what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from stevo_dagster.chain import backfill, by_day, downstream, preview, run_chain, waiting_files
from stevo_dagster.errors import StevoError
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.plan import DAY_MODELS, WINDOW_MODELS

EARLY, LATE = date(2024, 3, 1), date(2024, 3, 5)


def quiet(phase: str, text: str) -> None:
    """Say nothing."""


def test_only_whole_files_in_a_formats_folder_wait(settings):
    assert waiting_files(settings.inbox) == []
    for name in ("events/b.jsonl", "events/a.jsonl", "events/.c.jsonl.part", "olist/orders.csv"):
        path = settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (settings.inbox / "lost.jsonl").touch()
    waiting = [
        path.relative_to(settings.inbox).as_posix() for path in waiting_files(settings.inbox)
    ]
    assert waiting == ["events/a.jsonl", "events/b.jsonl", "olist/orders.csv"]


def test_chosen_tables_are_told_apart_and_kept_in_the_order_they_are_built():
    assert by_day(None) == (list(DAY_MODELS), list(WINDOW_MODELS))
    assert by_day(["agg_user_windows", "fct_events", "agg_flows"]) == (
        ["agg_flows", "fct_events"],
        ["agg_user_windows"],
    )


def test_a_table_that_is_not_made_by_day_is_refused_with_those_that_are():
    with pytest.raises(StevoError, match="dim_users, release is not a table") as error:
        by_day(["fct_events", "dim_users", "release"])
    assert error.value.where == "--select"
    assert error.value.fix is not None and "fct_events" in error.value.fix


def test_downstream_reaches_the_release_and_never_goes_back(settings):
    ensure_manifest()
    assert downstream(settings, ["correlations"]) == ["release", "report"]
    found = downstream(settings, ["int_moves"])
    assert {"agg_flows", "agg_user_windows", "release"} <= set(found)
    assert not {"events", "int_events_clean", "int_moves", "int_sessions"} & set(found)
    assert downstream(settings, ["release"]) == downstream(settings, []) == []


@pytest.mark.parametrize(
    "work",
    [
        lambda settings: run_chain(settings, LATE, EARLY, quiet),
        lambda settings: backfill(settings, LATE, EARLY, quiet),
        lambda settings: preview(settings, LATE, EARLY),
    ],
)
def test_a_reversed_range_touches_nothing(settings, work):
    with pytest.raises(StevoError, match="reversed"):
        work(settings)
    assert not settings.home.exists()


@pytest.mark.parametrize(
    "work",
    [
        lambda settings: run_chain(settings, None, None, quiet),
        lambda settings: backfill(settings, EARLY, LATE, quiet),
        lambda settings: preview(settings, EARLY, LATE),
    ],
)
def test_a_home_without_events_is_left_as_it_is(settings, work):
    with pytest.raises(StevoError, match="there are no events yet"):
        work(settings)
    assert not settings.home.exists()
