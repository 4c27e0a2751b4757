"""What the trained model looks at, as the chain publishes it: shared, bounded, the same again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from models_ml.columns import ENSEMBLE, MODEL, RANKER
from models_ml.data import sequences
from models_ml.ranker import features
from stevo_dagster.defs.making import frame
from stevo_dagster.defs.models.assets import ExplanationSettings, explain_model
from stevo_dagster.defs.models.explaining import (
    FAITHFULNESS_TYPES,
    IMPORTANCE_TYPES,
    explanation_tables,
)
from stevo_dagster.defs.models.training import about, train_and_keep
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import UNDATED, run_staging, write_table
from stevo_dagster.settings import Settings, load_settings
from tests.models_ml.conftest import make_events
from tests.stevo_dagster.defs.models.test_training import QUICK

FEW = {"questions": 30, "users": 12, "draws": 1, "seed": 0}


def put(settings: Settings, table: str, rows: object) -> None:
    with run_staging(settings.lake, "r"):
        write_table(settings.lake, "r", table, UNDATED, rows, code_hash="x")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a tiny city's sequences and the model trained on them, to be copied."""
    settings = load_settings(tmp_path_factory.mktemp("tiny"), {"STEVO_ENV": "ci"})
    table = sequences.build(make_events(people=12, events=40))
    put(settings, "sequences", table)
    put(settings, "trained_model", train_and_keep(settings, table, QUICK).tables()["trained_model"])
    return settings.home


@pytest.fixture
def tiny(kept: Path, settings: Settings) -> Settings:
    """A copy of that home."""
    shutil.copytree(kept, settings.home, symlinks=True)
    return settings


def test_kinds_and_groups_and_the_fall_are_published_with_intervals_and_shown(tiny):
    resources = {"home": HomeResource(path=str(tiny.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [explain_model],
            instance=instance,
            resources=resources,
            run_config={"ops": {"explain_model": {"config": FEW}}},
        )
    importance, fall = frame(tiny, "feature_importance"), frame(tiny, "citation_faithfulness")
    assert set(importance[importance.model == MODEL].feature) == {"wide", "pair"}
    assert set(importance[importance.model == RANKER].feature) == set(features.GROUPS)
    assert set(importance.n) == {30} and set(importance.users) <= set(range(10, 13))
    assert (importance.ci_low <= importance.mrr_lost).all()
    assert (importance.mrr_lost <= importance.ci_high).all()
    assert set(fall.control) == {"random", "matched"} and set(fall.model) == {ENSEMBLE}
    assert np.allclose(fall.gain, fall.cited - fall.other) and set(fall.users) == {12}
    shown = {
        one.asset_key.path[-1]: one.metadata["rows"]
        for one in done.asset_materializations_for_node("explain_model")
    }
    for name, rows in (("feature_importance", importance), ("citation_faithfulness", fall)):
        assert isinstance(shown[name], dg.TableMetadataValue)
        assert len(shown[name].records) == len(rows)
        assert [column.name for column in shown[name].schema.columns] == list(rows.columns)
    lost = [one.data["mrr_lost"] for one in shown["feature_importance"].records]
    assert lost == sorted(lost, reverse=True)


def test_the_same_again_and_nothing_about_too_few(tiny):
    tables, again = (explanation_tables(tiny, FEW) for _ in range(2))
    for name, rows in tables.items():
        pd.testing.assert_frame_equal(rows, again[name])
        assert len(rows)
    few = explanation_tables(replace(tiny, k_anonymity=13), FEW)
    assert few["feature_importance"].dtypes.astype(str).to_dict() == IMPORTANCE_TYPES
    assert few["citation_faithfulness"].dtypes.astype(str).to_dict() == FAITHFULNESS_TYPES
    assert [len(rows) for rows in few.values()] == [0, 0]


def test_without_a_model_there_is_nothing_to_explain(tiny):
    put(tiny, "trained_model", about(None, "too few", {}))
    made = explanation_tables(tiny, FEW)
    assert [len(rows) for rows in made.values()] == [0, 0]
    assert made["feature_importance"].dtypes.astype(str).to_dict() == IMPORTANCE_TYPES


def test_the_demo_says_what_its_model_looks_at(demo_settings):
    asked = ExplanationSettings()
    importance = frame(demo_settings, "feature_importance")
    assert importance["users"].min() >= demo_settings.k_anonymity
    assert importance["n"].max() <= asked.questions
    assert frame(demo_settings, "citation_faithfulness")["users"].max() <= asked.users
    html = frame(demo_settings, "report")["html"][0]
    assert "What the model looks at" in html and "Do the cited events bear the answer?" in html
