"""Removing cited events: nothing else changes, and the score falls further than by chance."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.baselines import baseline
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, Queries, encode, queries_for_rows
from models_ml.errors import ModelError
from models_ml.explanation import faithfulness
from models_ml.ranker import Ranker
from models_ml.scorer import Citation
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import train
from tests.models_ml.conftest import TINY, make_events

PEOPLE = 220


@pytest.fixture(scope="module")
def city() -> Corpus:
    """A city of more than 200 people."""
    return encode(sequences.build(make_events(people=PEOPLE, events=30, noise=0.05)))


@pytest.fixture(scope="module")
def model(city: Corpus) -> PointerTransformer:
    """The Transformer trained on it."""
    return train(city, replace(TINY, epochs=2, batch_chunks=16)).model


@pytest.fixture(scope="module")
def queries(city: Corpus) -> Queries:
    """A question for each of them."""
    return faithfulness.one_a_user(city, "test", PEOPLE, earlier=8)


def by_chance(corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
    """Citations drawn blindly."""
    rng = np.random.default_rng(1)
    first = corpus.start[queries.user]
    return [
        [Citation(int(row), 1 / 3) for row in low + rng.choice(count, 3, replace=False)]
        for low, count in zip(first, queries.before, strict=True)
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.sets(st.integers(0, 1_000), max_size=12))
def test_a_corpus_without_rows_is_the_table_without_them(corpus: Corpus, drawn: set[int]) -> None:
    rows = np.array(sorted(drawn), dtype=np.int64)
    reduced = faithfulness.without(corpus, rows)
    for field in fields(Corpus):
        before, after = getattr(corpus, field.name), getattr(reduced, field.name)
        if field.name in ("start", "order", "at_sorted"):
            continue
        if before is None:
            assert after is None
            continue
        is_per_event = field.name in faithfulness._PER_EVENT
        expected = np.delete(before, rows, axis=0) if is_per_event else before
        assert np.array_equal(after, expected, equal_nan=before.dtype.kind == "f")
    assert np.array_equal(
        reduced.start, np.searchsorted(reduced.user, np.arange(len(corpus.users) + 1))
    )
    assert np.array_equal(reduced.order, np.lexsort((reduced.event_id, reduced.at)))
    assert np.array_equal(reduced.at_sorted, reduced.at[reduced.order])


def test_each_user_is_asked_once_with_a_past(city: Corpus, queries: Queries) -> None:
    assert len(queries) == len(np.unique(queries.user)) >= 200
    assert (queries.before >= 8).all() and (city.split[queries.row] == 2).all()
    again = faithfulness.one_a_user(city, "test", 50, earlier=8)
    assert np.array_equal(again.row, queries.row[:50])
    with pytest.raises(ModelError, match="nobody in 'test'"):
        faithfulness.one_a_user(city, "test", 50, earlier=1_000)


def test_what_the_pointers_cite_bears_the_score(
    city: Corpus, model: PointerTransformer, queries: Queries
) -> None:
    found = faithfulness.summary(faithfulness.falls(model, city, queries, draws=1))
    assert (found["users"] >= 200).all()
    assert (found["ci_low"] > 0).all() and (found["p_value"] < 1e-3).all()


def test_blind_citations_fail(city: Corpus, queries: Queries) -> None:
    counter = baseline("visit_counter")
    table = faithfulness.falls(counter, city, queries, explain=by_chance, draws=1)
    found = faithfulness.summary(table).set_index("control")
    assert len(table) >= 200
    assert found.loc["random", "ci_low"] < 0 < found.loc["random", "ci_high"]


@pytest.mark.parametrize("name", ["ranker", "visit_counter", "blend"])
def test_it_works_for_any_scorer(corpus: Corpus, ranker: Ranker, name: str) -> None:
    scorer = ranker if name == "ranker" else baseline(name)
    queries = faithfulness.one_a_user(corpus, "test", 10, earlier=8)
    table = faithfulness.falls(scorer, corpus, queries, draws=1)
    assert np.isfinite(table[["cited", "random", "matched"]].to_numpy()).all()
    assert table["cited"].mean() > table["random"].mean()


def test_the_asked_event_stays_the_one_asked_for(corpus: Corpus) -> None:
    """A removal before the question moves its row, and not its answer where nothing is removed."""
    row = int(corpus.start[5]) - 1
    one = queries_for_rows(corpus, np.array([row]))
    first = int(corpus.start[4])
    counter = baseline("visit_counter")
    place = int(corpus.item[first])
    whole = faithfulness.log_share(counter, corpus, one, place, np.zeros(0, dtype=np.int64))
    fewer = faithfulness.log_share(counter, corpus, one, place, np.array([first]))
    assert fewer < whole


def test_matched_rows_are_near_and_others() -> None:
    rng = np.random.default_rng(0)
    found = faithfulness.matched(np.array([10, 20]), np.arange(30), rng)
    assert not set(found) & {10, 20} and (np.abs(found - [10, 20]) <= faithfulness.NEAR).all()
    assert list(faithfulness.matched(np.array([0, 1]), np.arange(3), rng)) == [2]


def test_weights_of_one_event_are_summed() -> None:
    cited = [Citation(1, 0.4), Citation(2, 0.3), Citation(2, 0.3, "successor")]
    assert list(faithfulness.heaviest(cited, 1)) == [2]


def test_no_citation_at_all_is_an_error() -> None:
    empty = pd.DataFrame(columns=["user", "removed", "cited", "random", "matched"])
    with pytest.raises(ModelError, match="no question has a citation"):
        faithfulness.summary(empty)
