"""Updating on a grown corpus: it learns what is new, keeps what it knew, and sees no test row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import newest_train, train, validate
from models_ml.transformer.update import grown
from models_ml.transformer.windows import Vocabulary
from tests.models_ml.conftest import TINY

CONFIG = replace(TINY, epochs=4)


@pytest.fixture(scope="module")
def moved_city(events: pd.DataFrame) -> pd.DataFrame:
    """The tiny city in which everybody's places are renamed by one from the middle on: `p07` is
    then `p08`, and the last one is a place that nobody saw before. Events are those of one table.
    """
    later = events["event_at"] > events["event_at"].quantile(0.5)
    names = {f"p{code:02d}": f"p{code + 1:02d}" for code in range(30)}
    changed = events.copy()
    changed.loc[later, "item_id"] = changed.loc[later, "item_id"].map(names)
    return changed


@pytest.fixture(scope="module")
def before(moved_city: pd.DataFrame) -> PointerTransformer:
    """A model of the first part."""
    early = moved_city["event_at"] <= moved_city["event_at"].quantile(0.6)
    return train(sequences.build(moved_city[early]), CONFIG).model


@pytest.fixture(scope="module")
def whole(moved_city: pd.DataFrame) -> Corpus:
    return encode(sequences.build(moved_city))


@pytest.fixture(scope="module")
def after(before: PointerTransformer, whole: Corpus) -> PointerTransformer:
    return before.update(whole)


def test_the_loss_falls_on_what_is_new_and_on_val(
    before: PointerTransformer, after: PointerTransformer, whole: Corpus
) -> None:
    train_rows = target_rows(whole, "train")
    new = train_rows[whole.at[train_rows] > before.learnt]
    assert len(new) > 100
    for rows in (new, target_rows(whole, "val")):
        assert validate(after, whole, rows)[0] < validate(before, whole, rows)[0] - 0.01
    assert after.learnt == newest_train(whole) > before.learnt
    assert after.config == before.config


def test_known_names_keep_their_codes_and_the_given_model_its_weights(
    before: PointerTransformer, after: PointerTransformer, whole: Corpus
) -> None:
    known = len(before.vocabulary.items)
    assert after.vocabulary.items[:known] == before.vocabulary.items
    assert "p30" in after.vocabulary.items[known:]
    assert after.vocabulary.kinds == before.vocabulary.kinds
    points = after.network.item_points
    assert torch.equal(points[:known], before.network.item_points)
    new = after.vocabulary.items.index("p30")
    assert points[new].abs().sum() > 0
    rows = target_rows(whole, "test")
    scores = after.score(whole, queries_for_rows(whole, rows))
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-4)
    again = before.update(whole)
    theirs = again.network.state_dict()
    assert all(torch.equal(v, theirs[n]) for n, v in after.network.state_dict().items())


def test_test_rows_change_nothing(
    after: PointerTransformer, before: PointerTransformer, moved_city: pd.DataFrame
) -> None:
    table = sequences.build(moved_city)
    late = table["split"] == "test"
    table.loc[late, "item_id"] = "never-seen"
    table.loc[late, "event_type"] = "a-new-type"
    other = before.update(encode(table))
    assert vars(other.vocabulary) == vars(after.vocabulary)
    theirs = other.network.state_dict()
    assert all(torch.equal(v, theirs[n]) for n, v in after.network.state_dict().items())


def test_without_new_rows_the_model_stays_itself(after: PointerTransformer, whole: Corpus) -> None:
    assert after.update(whole) is after


def test_a_model_that_cannot_be_updated_says_why(before: PointerTransformer, whole: Corpus) -> None:
    with pytest.raises(ModelError, match="does not say up to when"):
        replace(before, learnt=None).update(whole)
    alone = replace(whole, split=np.where(whole.split == 1, 2, whole.split).astype(np.int8))
    with pytest.raises(TooFewEvents, match="val events"):
        before.update(alone)


def test_vocabularies_grow_at_the_end() -> None:
    rest = {"resolution": 7, "gap_edges": [1.0], "gap_tail": 2.0}
    one = Vocabulary(
        items=["b", "a"],
        kinds=["k"],
        categories=["x"],
        centre=[1.0, 0.0, 0.0],
        cells=[],
        item_category=[0, 1],
        item_cell=[0, 0],
        **rest,
    )
    other = Vocabulary(
        items=["a", "c", "d"],
        kinds=["k"],
        categories=["y", "x"],
        centre=[0.0, 1.0, 0.0],
        cells=["here"],
        item_category=[1, 0, 2],
        item_cell=[0, 0, 1],
        **rest,
    )
    both = grown(one, other)
    assert (both.items, both.kinds) == (["b", "a", "c", "d"], ["k"])
    assert (both.categories, both.cells) == (["x", "y"], ["here"])
    # A known place keeps what it was, even where that was nothing; a new one is as it was found.
    assert both.item_category == [0, 2, 1, 2]
    assert both.item_cell == [1, 1, 0, 1]
    assert both.centre == one.centre
