"""What is selected, needed and stale, on a lake written by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, day_partition, write_table
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import plan
from stevo_dagster.warehouse.build import ensure_manifest

DAY = date(2024, 3, 10)


@pytest.fixture(autouse=True, scope="module")
def prepared() -> None:
    ensure_manifest()


def _write(lake: Lake, table: str, day: date, value: int, code: str, inputs: dict[str, str]) -> str:
    part = day_partition(day)
    rows = pa.table({"day": [day], "value": [value]})
    return write_table(lake, "run", table, part, rows, code_hash=code, inputs=inputs).content_hash


def _events(lake: Lake, first: date, days: int) -> dict[str, str]:
    found = {}
    for number in range(days):
        day = first + timedelta(days=number)
        found[f"events/{day_partition(day)}"] = _write(lake, "events", day, number, "c", {})
    return found


def test_a_day_needs_its_look_back_into_events() -> None:
    needed = plan.needed_inputs("int_sessions", DAY)
    assert needed == {"events": [DAY - timedelta(days=back) for back in range(10, -1, -1)]}


def test_a_window_needs_28_published_days() -> None:
    needed = plan.needed_inputs("agg_user_windows", DAY)["agg_user_days"]
    assert (needed[0], needed[-1], len(needed)) == (DAY - timedelta(days=27), DAY, 28)


def test_a_day_is_current_until_code_or_an_input_changes(settings: Settings) -> None:
    lake = settings.lake
    inputs = _events(lake, DAY - timedelta(days=9), 10)
    code = plan.read_state(settings).code["agg_item_days"]
    seen = {
        name: found
        for name, found in inputs.items()
        if name >= f"events/{day_partition(DAY - timedelta(days=7))}"
    } | {"settings/country": "US"}
    _write(lake, "agg_item_days", DAY, 1, code, seen)

    def stale() -> list[date]:
        return plan.stale_days(settings, DAY, DAY, ["agg_item_days"])

    assert stale() == []
    _write(lake, "events", DAY - timedelta(days=8), 99, "c", {})
    assert stale() == [], "a day before the look-back changes nothing"
    _write(lake, "events", DAY - timedelta(days=7), 99, "c", {})
    assert stale() == [DAY]
    assert plan.read_state(settings).problem("agg_item_days", day_partition(DAY)) == (
        "made from other inputs"
    )
    _write(lake, "agg_item_days", DAY, 1, "older code", seen)
    assert plan.read_state(settings).problem("agg_item_days", day_partition(DAY)) == (
        "made by other code"
    )


def test_a_window_is_stale_once_a_day_of_its_four_weeks_changes(settings: Settings) -> None:
    lake = settings.lake
    seen = {"settings/country": "US"}
    for back in range(28, -1, -1):
        day = DAY - timedelta(days=back)
        content = _write(lake, "agg_user_days", day, back, "c", {})
        if back < 28:
            seen[f"agg_user_days/{day_partition(day)}"] = content
    code = plan.read_state(settings).code["agg_user_windows"]
    _write(lake, "agg_user_windows", DAY, 1, code, seen)

    def stale() -> list[date]:
        return plan.stale_days(settings, DAY, DAY, ["agg_user_windows"])

    assert stale() == []
    _write(lake, "agg_user_days", DAY - timedelta(days=28), 99, "c", {})
    assert stale() == [], "the day before the window changes nothing"
    _write(lake, "agg_user_days", DAY - timedelta(days=6), 6, "other code", {})
    assert stale() == [], "the same rows by other code change nothing"
    _write(lake, "agg_user_days", DAY - timedelta(days=27), 99, "c", {})
    assert stale() == [DAY]


def test_days_that_were_never_built_are_stale(settings: Settings) -> None:
    assert plan.stale_days(settings, DAY, DAY + timedelta(days=1)) == [
        DAY,
        DAY + timedelta(days=1),
    ]
    assert plan.stale_undated(settings) == list(plan.UNDATED_MODELS)


def test_a_home_without_events_is_refused(settings: Settings) -> None:
    with pytest.raises(StevoError, match=r"events day=2024-03-10 is not published"):
        plan.require_inputs(settings, plan.DAY_MODELS, DAY, DAY)


def test_a_day_without_events_inside_the_data_is_no_reason_to_refuse(settings: Settings) -> None:
    _events(settings.lake, DAY, 1)
    _events(settings.lake, DAY + timedelta(days=2), 1)
    last = DAY + timedelta(days=2)
    plan.require_inputs(settings, plan.DAY_MODELS, DAY, last)
    state = plan.read_state(settings)
    assert plan.missing_input(state, plan.DAY_MODELS, DAY, last) is None
    after = last + timedelta(days=1)
    missing = plan.missing_input(state, plan.DAY_MODELS, DAY, after)
    assert missing is not None and missing[:2] == ("events", day_partition(after))


def test_a_parent_outside_the_run_must_be_current(settings: Settings) -> None:
    _events(settings.lake, DAY, 1)
    _write(settings.lake, "int_events_clean", DAY, 1, "older code", {})
    with pytest.raises(StevoError, match=r"int_events_clean day=2024-03-10 is made by other code"):
        plan.require_inputs(settings, ["agg_item_days"], DAY, DAY)
