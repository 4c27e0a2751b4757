"""Vectors of texts: standardised, equal for equal texts, zero without one, alike later on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode
from models_ml.errors import ModelError
from models_ml.language.texts import texts_of
from models_ml.language.vectors import Components, described, described_by, embedded
from models_ml.transformer.windows import Vocabulary
from tests.models_ml.conftest import make_events, with_names


@pytest.fixture(scope="module")
def told() -> Corpus:
    """The tiny city with words, of which a fourth of the places has no category either."""
    events = with_names(make_events())
    events["category"] = events["category"].replace({"c3": None})
    return encode(sequences.build(events.drop(columns=["query", "review"])))


def test_components_are_standardised_and_few() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(50, 3)) * [9.0, 3.0, 1.0]) @ rng.normal(size=(3, 8)) + 5
    found = Components.fitted(vectors, 32)
    small = found.shrunk(vectors)
    assert small.shape == (50, 3) and small.dtype == np.float32
    assert np.allclose(small.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(small.std(axis=0, ddof=1), 1, atol=1e-4)
    assert np.allclose(np.corrcoef(small.T), np.eye(3), atol=1e-4)
    assert Components.fitted(vectors, 2).directions.shape == (8, 2)
    with pytest.raises(ModelError, match="no two different texts"):
        Components.fitted(np.ones((4, 8)), 2)
    with pytest.raises(ModelError, match="no two different texts"):
        Components.fitted(np.zeros((0, 8)), 2)


def test_items_without_text_are_zero_and_equal_texts_are_equal(
    told: Corpus, language_model: Path
) -> None:
    vocabulary = Vocabulary.of_training(told)
    components, vectors = described(vocabulary, told, str(language_model), 4)
    texts = texts_of(vocabulary, told)
    is_silent = np.array([text is None for text in texts])
    assert 0 < is_silent.sum() < len(texts)
    assert (vectors[is_silent] == 0).all()
    assert np.allclose(vectors[~is_silent].std(axis=0, ddof=1), 1, atol=1e-3)
    again = described_by(components, vocabulary, told, str(language_model), 5)
    assert np.allclose(again, vectors[5:], atol=1e-5)


def test_embedding_draws_no_random_number(language_model: Path) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    vectors = embedded(["red lake", "old tower", "red lake"], str(language_model))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)


def test_no_language_model_is_needed_where_nothing_is_new(told: Corpus) -> None:
    components = Components(np.zeros(16, np.float32), np.zeros((16, 4), np.float32))
    vocabulary = Vocabulary.of_training(told)
    found = described_by(components, vocabulary, told, "gone", len(vocabulary.items))
    assert found.shape == (0, 4)


def test_another_language_model_is_refused(told: Corpus, language_model: Path) -> None:
    components = Components(np.zeros(9, np.float32), np.zeros((9, 4), np.float32))
    with pytest.raises(ModelError, match="vectors of 16, the model knows 9"):
        described_by(components, Vocabulary.of_training(told), told, str(language_model), 0)
