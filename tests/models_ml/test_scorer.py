"""One interface: every model has it, and what lacks a part of it does not."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.baselines import all_baselines
from models_ml.columns import BASELINES, MODEL
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.scorer import Citation, Scorer, check_told
from models_ml.transformer.train import Trained


class Deaf:
    """Scores places but not event types."""

    name = "deaf"

    def fit(self, corpus: Corpus) -> Deaf:
        return self

    def score(self, corpus: Corpus, queries: object) -> np.ndarray:
        return np.zeros((1, len(corpus.items)))


@pytest.mark.parametrize("name", [*BASELINES, MODEL])
def test_every_model_keeps_the_promises_of_the_interface(
    corpus: Corpus, trained: Trained, name: str
) -> None:
    model: Scorer = trained.model if name == MODEL else all_baselines()[name]
    assert isinstance(model, Scorer)
    assert model.name == name
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:9])
    places, kinds = model.score(corpus, queries), model.score_events(corpus, queries)
    assert (places.dtype, places.shape) == (np.float64, (9, len(corpus.items)))
    assert (kinds.dtype, kinds.shape) == (np.float64, (9, len(corpus.kinds)))
    assert np.isfinite(places).all() and np.allclose(kinds.sum(axis=1), 1, atol=1e-4)
    cited = model.explain(corpus, queries, places.argmax(axis=1))
    assert len(cited) == 9
    assert {one.role for found in cited for one in found} <= {"place", "successor"}


@pytest.mark.parametrize("name", BASELINES)
def test_what_holds_nothing_learned_is_never_out_of_date(corpus: Corpus, name: str) -> None:
    model = all_baselines()[name]
    assert model.update(corpus) is model


def test_what_lacks_a_part_is_no_model() -> None:
    assert not isinstance(Deaf(), Scorer)


def test_a_citation_is_of_the_place_itself_unless_it_says_otherwise() -> None:
    assert Citation(3, 0.5) == Citation(3, 0.5, "place") != Citation(3, 0.5, "successor")


def test_a_model_is_asked_as_it_was_trained() -> None:
    check_told("m", trained=True, asked=True)
    check_told("m", trained=False, asked=False)
    with pytest.raises(ModelError, match="trained with the target's time and is asked without it"):
        check_told("m", trained=True, asked=False)
    with pytest.raises(ModelError, match="trained without the target's time and is asked with it"):
        check_told("m", trained=False, asked=True)
