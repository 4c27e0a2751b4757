"""The contract beside its copies: the warehouse's event types and the table that users read."""

from __future__ import annotations

import re

import yaml

from stevo_dagster.settings import PROJECT_ROOT
from stevo_dagster.sources.base.contract import (
    EVENT_TYPES,
    FIELD_NAMES,
    FIELDS,
    REQUIRED_COLUMNS,
)

CLEAN = PROJECT_ROOT / "dbt_project" / "models" / "intermediate" / "int_events_clean.yml"


def user_table() -> dict[str, str]:
    """Columns and rules of the table in the page on users' own data."""
    page = (PROJECT_ROOT / "docs" / "your-own-data.md").read_text()
    section = page.split("| column | rule |")[1].split("\n\n")[0]
    rows = [line.strip("|").split("|", 1) for line in section.splitlines()[2:]]
    return {name: rule for names, rule in rows for name in re.findall(r"`(\w+)`", names)}


def test_every_field_is_told_to_users_and_no_other() -> None:
    assert sorted(user_table()) == sorted(FIELD_NAMES)
    assert len(set(FIELD_NAMES)) == len(FIELDS)


def test_users_are_told_which_fields_are_needed_and_which_types_there_are() -> None:
    rules = user_table()
    needed = {name for name, rule in rules.items() if rule.strip().startswith("needed")}
    assert needed == {*REQUIRED_COLUMNS, "item_id"}
    assert re.findall(r"\w+", rules["event_type"].split(":")[1].replace(" or ", " ")) == list(
        EVENT_TYPES
    )


def test_the_warehouse_knows_the_same_event_types() -> None:
    (model,) = yaml.safe_load(CLEAN.read_text())["models"]
    (column,) = (column for column in model["columns"] if column["name"] == "event_type")
    (accepted,) = (test for test in column["data_tests"] if "accepted_values" in test)
    assert accepted["accepted_values"]["arguments"]["values"] == list(EVENT_TYPES)


def test_zones_are_read_before_the_times_that_need_them() -> None:
    times = [FIELD_NAMES.index(field.name) for field in FIELDS if field.kind == "instant"]
    zones = [FIELD_NAMES.index(name) for name in ("time_zone", "utc_offset_minutes")]
    assert max(zones) < min(times)
