"""Features and sequences as assets: grain, configuration, and the suite that guards sequences."""

from __future__ import annotations

import dagster as dg
import duckdb
import pytest

from models_ml.columns import FEATURE_COLUMNS, SEQUENCE_COLUMNS, TEXT_COLUMNS
from stevo_dagster.checks.asset_checks import specs
from stevo_dagster.checks.sequences import sequences_suite
from stevo_dagster.defs.features import assets
from stevo_dagster.defs.making import frame
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import UNDATED, manifest, run_staging, write_table


def materialise(settings, made: dg.AssetsDefinition, config: dict | None = None):
    run = {"ops": {made.op.name: {"config": config}}} if config else None
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [made],
            instance=instance,
            resources={"home": HomeResource(path=str(settings.home))},
            run_config=run,
            raise_on_error=False,
        )


@pytest.mark.parametrize(
    ("made", "table", "key", "source"),
    [
        (assets.user_features, "user_features", "user_id", "dim_users"),
        (assets.item_features, "item_features", "item_id", "dim_items"),
    ],
)
def test_features_have_one_row_of_numbers_a_key(demo_settings, made, table, key, source):
    rows = frame(demo_settings, table)
    assert sorted(rows[key]) == sorted(frame(demo_settings, source)[key])
    features = rows.drop(columns=key)
    assert all(name.startswith("f_") for name in features.columns)
    assert features.notna().all().all() and len(features.columns) >= 3


def test_users_are_read_with_the_newest_of_their_windows(demo_settings):
    newest = frame(demo_settings, "agg_user_windows", assets.NEWEST_WINDOWS)
    every = frame(demo_settings, "agg_user_windows")
    assert newest["user_id"].is_unique
    last = every.groupby("user_id")["day"].max()
    assert newest.set_index("user_id")["day"].to_dict() == last.to_dict()


def test_principal_components_take_the_place_of_the_wide_vector(demo_copy):
    before = manifest(demo_copy.lake, "user_features", UNDATED)
    assert materialise(demo_copy, assets.user_features).success
    assert manifest(demo_copy.lake, "user_features", UNDATED) == before, "current: left alone"
    done = materialise(demo_copy, assets.user_features, {"pca": 2})
    assert done.success
    assert list(frame(demo_copy, "user_features").columns) == ["user_id", "pca_0", "pca_1"]
    (made,) = done.asset_materializations_for_node("build_user_features")
    assert made.metadata["dagster/row_count"].value == len(frame(demo_copy, "dim_users"))


def test_sequences_hold_every_event_once_and_bring_their_checks(demo_copy):
    done = materialise(demo_copy, assets.sequences)
    assert done.success
    rows = frame(demo_copy, "sequences")
    assert set(rows.columns) == {*SEQUENCE_COLUMNS, *TEXT_COLUMNS, *FEATURE_COLUMNS}
    assert sorted(rows["event_id"]) == sorted(frame(demo_copy, "fct_events")["event_id"])
    queries = frame(demo_copy, "fct_events").set_index("event_id")["query"]
    assert rows["query"].notna().any()
    assert rows["query"].fillna("").tolist() == queries[rows["event_id"]].fillna("").tolist()
    told = {one.check_name for one in done.get_asset_check_evaluations()}
    assert told == {one.name for one in specs("sequences", sequences_suite())}


def test_an_event_of_no_known_type_reaches_no_model(demo_copy):
    lake = demo_copy.lake
    day = frame(demo_copy, "fct_events", "select min(day) as day from fct_events")["day"].iloc[0]
    part = f"day={day:%Y-%m-%d}"
    query = f"select * from fct_events where day = '{day:%Y-%m-%d}'"
    bad = frame(demo_copy, "fct_events", query).assign(event_type="teleport")
    with run_staging(lake, "r"):
        write_table(lake, "r", "fct_events", part, bad, code_hash="x")
    before = manifest(lake, "sequences", UNDATED)
    done = materialise(demo_copy, assets.sequences)
    assert not done.success
    failed = [one.check_name for one in done.get_asset_check_evaluations() if not one.passed]
    assert "gx_sequences_event_type_known" in failed
    assert manifest(lake, "sequences", UNDATED) == before, "the old sequences stay"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ('{"item_name":"Café","review":"good"}', ("Café", "good")),
        ('{"review_comment_message":"late"}', (None, "late")),
        (None, (None, None)),
    ],
)
def test_names_and_reviews_are_what_sources_keep_in_extra(extra, words):
    with duckdb.connect() as con:
        con.execute(
            "create table fct_events as select 'e' as event_id, 'u' as user_id, now() as event_at,"
            " 0 as utc_offset_minutes, 'p' as item_id, 'cafe' as category, 'review' as event_type,"
            " 40.0 as latitude, -74.0 as longitude, null as h3_r9, false as is_holiday,"
            " 'tea' as query, $extra::varchar as extra",
            {"extra": extra},
        )
        found = con.sql(assets.SEQUENCE_EVENTS).df()
    assert found["query"].tolist() == ["tea"]
    assert tuple(found[["item_name", "review"]].astype(object).fillna("").iloc[0]) == tuple(
        word or "" for word in words
    )
