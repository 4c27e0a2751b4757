"""What an interrupted backfill leaves for the next: days by phase, for its own range and tables."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.unfinished import Unfinished

FIRST = date(2024, 10, 10)
LAST = FIRST + timedelta(days=40)
DAYS = st.dates(FIRST, LAST)


def test_each_range_and_choice_of_tables_has_its_own(settings):
    Unfinished(settings, FIRST, LAST, None).note("days", [FIRST])
    Unfinished(settings, FIRST, LAST, ["b", "a"]).note("days", [LAST])
    assert Unfinished(settings, FIRST, LAST, None).built("days") == {FIRST}
    assert Unfinished(settings, FIRST, LAST, ["a", "b"]).built("days") == {LAST}
    assert Unfinished(settings, FIRST, FIRST, None).built("days") == set()
    assert Unfinished(settings, FIRST, LAST, None).built("windows") == set()


def test_what_ended_well_is_forgotten(settings):
    record = Unfinished(settings, FIRST, LAST, None)
    record.forget()
    record.note("days", [FIRST])
    record.forget()
    assert record.built("days") == Unfinished(settings, FIRST, LAST, None).built("days") == set()
    assert list(record.path.parent.iterdir()) == []


@given(st.lists(st.tuples(st.sampled_from(["days", "windows"]), st.lists(DAYS, max_size=5))))
@hypothesis_settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_day_that_was_noted_is_known_to_the_next(settings, noted):
    Unfinished(settings, FIRST, LAST, None).forget()
    for phase, days in noted:
        Unfinished(settings, FIRST, LAST, None).note(phase, days)
    after = Unfinished(settings, FIRST, LAST, None)
    for phase in ("days", "windows"):
        assert after.built(phase) == {day for name, days in noted if name == phase for day in days}
