"""The names are those that the tables really have, and the published ones are the contract."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml import columns
from models_ml.baselines import all_baselines
from models_ml.data.corpus import Corpus
from models_ml.evaluation.evaluate import evaluate

PUBLISHED = {
    "NEXT_PLACE_COLUMNS": "user_id, rank, item_id, probability, latitude, longitude,"
    " predicted_for, as_of",
    "NEXT_EVENT_COLUMNS": "user_id, event_type, probability, as_of",
    "RECOMMENDATION_COLUMNS": "user_id, rank, item_id, score, reason, is_new_to_user, as_of",
    "EXPLANATION_COLUMNS": "user_id, item_id, rank, event_id, weight, text",
    "EVALUATION_COLUMNS": "model, task, split, segment, metric, value, ci_low, ci_high, n",
}


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_published_columns_are_the_contract(name: str) -> None:
    assert ", ".join(getattr(columns, name)) == PUBLISHED[name]


def test_sequences_have_these_columns_in_this_order(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == (*columns.SEQUENCE_COLUMNS, *columns.FEATURE_COLUMNS)


def test_splits_are_listed_in_the_order_of_their_codes(table: pd.DataFrame, corpus: Corpus) -> None:
    names = dict(zip(table["event_id"], table["split"], strict=True))
    coded = [columns.SPLITS[code] for code in corpus.split]
    assert coded == [names[event] for event in corpus.event_id]
    assert set(coded) == set(columns.SPLITS)


def test_an_evaluation_speaks_of_these_tasks_segments_and_models(corpus: Corpus) -> None:
    weak = {name: all_baselines()[name] for name in columns.EVENT_BASELINES}
    found = evaluate(weak, corpus, max_targets=60)
    assert tuple(found.columns) == columns.EVALUATION_COLUMNS
    assert set(found["task"]) == {columns.TASK_PLACE, columns.TASK_EVENT}
    assert set(found["segment"]) == set(columns.SEGMENTS)
    assert set(found["model"]) == set(columns.EVENT_BASELINES)


def test_no_learned_model_is_called_like_a_baseline() -> None:
    assert columns.MODEL not in columns.BASELINES
    assert set(columns.EVENT_BASELINES) < set(columns.BASELINES) == set(all_baselines())
