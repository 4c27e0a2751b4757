"""From marts to tables: who may be asked about, and what the simulator's cities say."""

from __future__ import annotations

import duckdb
import pytest

from stevo_dagster.reports.temporal import MAX_SUBJECTS, read_forecasts, read_seasonality
from stevo_dagster.sources.simulator import simulate_table

MARTS = """
create view fct_events as
select
    user_id,
    event_at,
    (event_at at time zone 'UTC')::date as day,
    hour(event_at at time zone 'America/New_York') as local_hour,
    isodow(event_at at time zone 'America/New_York') as weekday,
    event_type,
    category,
    case when latitude is not null then (latitude * 20)::int || '/' || (longitude * 20)::int end
        as h3_r9
from city;
create view agg_calendar as select distinct day from fct_events;
"""


def marts(**city) -> duckdb.DuckDBPyConnection:
    """The views that are read, over a simulated city whose cells are squares."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("events", simulate_table(**city))
    connection.execute("create table city as select * from events")
    connection.execute(MARTS)
    return connection


@pytest.fixture(scope="module")
def city():
    """Sixty people over seventy days, with all that is planted."""
    return marts(people=60, days=70, seed=3)


def test_planted_cycles_are_found(city):
    table = read_seasonality(city)
    claims = table[table["q_value"] < 0.05].set_index(["subject", "period_hours"])
    # the simulator's truth: sessions peak at 20 and 21 local time; bots, which the warehouse takes
    # out, are still in the clicks here
    assert claims.loc[("event_type:search", 24), "peak"] in (20, 21)
    assert {("event_type:click", 24), ("event_type:browse", 24)} <= set(claims.index)
    assert 17 <= claims.loc[("category:mall", 24), "peak"] <= 19
    assert table["subject"].str.partition(":")[0].value_counts().max() <= 2 * MAX_SUBJECTS


def test_a_city_with_nothing_planted_is_rarely_given_a_cycle():
    claimed = [
        bool(
            (
                read_seasonality(marts(people=40, days=60, seed=seed, null=True))["q_value"] < 0.05
            ).any()
        )
        for seed in range(6)
    ]
    assert sum(claimed) <= 1


def test_groups_of_fewer_than_k_people_are_not_asked_about(city):
    counted = city.execute(
        "select event_type, count(distinct user_id) as people from fct_events group by all"
    ).df()
    most = int(counted["people"].max())
    assert not len(read_seasonality(city, k=most + 1))
    assert not len(read_forecasts(city, k=most + 1))
    everyone = set(counted.loc[counted["people"] == most, "event_type"])
    shown = read_forecasts(city, k=most)
    assert set(shown["event_type"]) <= everyone


def test_forecasts_follow_the_newest_whole_day(city):
    table = read_forecasts(city)
    newest = city.execute("select max(day)::timestamp from fct_events").fetchone()[0]
    assert table["day"].min() == newest
    assert "all" in set(table["cell"])
    assert table.groupby(["cell", "event_type"])["mase"].first().mean() < 1.2


def test_no_events_give_empty_tables():
    connection = marts(people=5, days=2, seed=1)
    connection.execute("create or replace table city as select * from city where false")
    assert not len(read_seasonality(connection))
    assert not len(read_forecasts(connection))
