"""Integrated gradients: complete, citations like the pointers', and a measure of agreement."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.compression.quantise import quantised
from models_ml.data.corpus import Corpus, Queries, queries_for_rows
from models_ml.errors import ModelError
from models_ml.explanation import attributions, faithfulness
from models_ml.scorer import Citation
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import Trained


@pytest.fixture(scope="module")
def model(trained: Trained) -> PointerTransformer:
    """The model of the tiny city."""
    return trained.model


@pytest.fixture(scope="module")
def queries(corpus: Corpus) -> Queries:
    """A question for each person."""
    return faithfulness.one_a_user(corpus, "test", 24, earlier=8)


def test_attributions_sum_to_what_the_events_add(
    model: PointerTransformer, corpus: Corpus, queries: Queries
) -> None:
    """The rule is exact for polynomials of twice the steps: 32 leave no more than single precision
    does (8e-7 here), 2 leave much.
    """
    scores = model.score(corpus, queries)
    predicted = scores.argmax(axis=1)
    errors = {}
    for steps in (2, 32):
        found = attributions.attribute(model, corpus, queries, predicted, steps=steps)
        added = found.whole - found.blank
        errors[steps] = np.abs(found.values.sum(axis=1) - added) / np.maximum(np.abs(added), 0.1)
    assert np.allclose(found.whole, np.log(scores.max(axis=1)), atol=1e-5)
    assert np.abs(added).mean() > 0.3
    assert errors[32].max() < 1e-5 and errors[2].max() > 1e-2


def test_a_row_that_is_no_event_adds_nothing(model: PointerTransformer, corpus: Corpus) -> None:
    rows = corpus.start[:4] + np.array([0, 1, 3, 6])
    asked = queries_for_rows(corpus, rows)
    items = corpus.item[corpus.start[:4]]
    found = attributions.attribute(model, corpus, asked, items, steps=4)
    is_blank = found.rows == len(corpus)
    assert list((~is_blank).sum(axis=1)) == [0, 1, 3, 6]
    assert (found.values[is_blank] == 0).all()
    cited = attributions.explain(model, corpus, asked, items, steps=4)
    assert cited[0] == [] and all(
        asked.before[i] > one.row - corpus.start[i] >= 0 for i in range(4) for one in cited[i]
    )


def test_citations_are_shares_with_the_roles_of_their_events(
    model: PointerTransformer, corpus: Corpus, queries: Queries
) -> None:
    items = model.score(corpus, queries).argmax(axis=1)
    cited = attributions.explain(model, corpus, queries, items, steps=8)
    for index, found in enumerate(cited):
        weights = [one.weight for one in found]
        assert weights == sorted(weights, reverse=True) and 0.99 < sum(weights) <= 1 + 1e-9
        newest = int(corpus.start[queries.user[index]] + queries.before[index])
        for one in found:
            is_place = corpus.item[one.row] == items[index]
            later = corpus.item[one.row + 1 : newest]
            went_on = later[later >= 0][:1].tolist() == [items[index]]
            went_on &= bool(corpus.item[one.row] >= 0)
            assert one.role == ("place" if is_place else "successor" if went_on else "context")


def test_both_opinions_bear_the_score_and_agree_beyond_chance(
    model: PointerTransformer, corpus: Corpus, queries: Queries
) -> None:
    second = partial(attributions.explain, model, steps=8)
    table = faithfulness.falls(model, corpus, queries, explain=second, draws=3)
    assert (table["cited"] - table["random"]).mean() > 0.1
    items = model.score(corpus, queries).argmax(axis=1)
    found = attributions.agreement(
        model.explain(corpus, queries, items),
        second(corpus, queries, items),
        np.minimum(queries.before, model.config.window + 1),
    )
    assert len(found) == len(queries)
    assert found["overlap"].mean() > 2 * found["by_chance"].mean()
    assert found["rank_correlation"].mean() > 0.1


def test_a_place_that_training_did_not_know(trained: Trained, corpus: Corpus) -> None:
    """It rests on the pointers alone, and has no citation where the user was never there."""
    model = trained.model
    row = int(corpus.start[2])
    never = next(code for code in range(len(corpus.items)) if code not in corpus.item[row:][:6])
    asked = queries_for_rows(corpus, np.array([row + 6, row + 6]))
    vocabulary = replace(model.vocabulary, items=["?" for _ in model.vocabulary.items])
    stranger = replace(model, vocabulary=vocabulary)
    items = np.array([never, corpus.item[row]])
    nothing, there = attributions.explain(stranger, corpus, asked, items, steps=4)
    assert nothing == [] and there


citations = st.dictionaries(st.integers(0, 9), st.floats(0.01, 1), min_size=1).map(
    lambda found: [Citation(row, weight) for row, weight in found.items()]
)


@settings(max_examples=40, deadline=None)
@given(one=citations, other=citations)
def test_agreement_is_symmetric_and_whole_with_oneself(
    one: list[Citation], other: list[Citation]
) -> None:
    events = np.array([12])
    there, back = (
        attributions.agreement([a], [b], events).iloc[0] for a, b in ((one, other), (other, one))
    )
    assert np.allclose(there, back, equal_nan=True) and 0 <= there["overlap"] <= 1
    same = attributions.agreement([one], [one], events).iloc[0]
    assert same["overlap"] == 1 and same["rank_correlation"] == pytest.approx(1)


def test_opinions_that_share_no_event_do_not_agree() -> None:
    first, second = [Citation(0, 0.6), Citation(1, 0.4)], [Citation(2, 1.0)]
    found = attributions.agreement([first, first], [second, []], np.array([4, 4]), count=2)
    assert list(found["question"]) == [0]
    assert found["overlap"][0] == 0 and found["by_chance"][0] == 0.5
    assert found["rank_correlation"][0] < 0


def test_a_network_without_gradients_is_refused(
    model: PointerTransformer, corpus: Corpus, queries: Queries
) -> None:
    with pytest.raises(ModelError, match="no gradients"):
        attributions.explain(quantised(model), corpus, queries, np.zeros(24, dtype=np.int64))


def test_without_captum_the_extra_is_named(
    model: PointerTransformer,
    corpus: Corpus,
    queries: Queries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(ModelError, match=r"stevo\[explain\]"):
        attributions.explain(model, corpus, queries, np.zeros(24, dtype=np.int64))
