"""The network: probabilities, deaf to what it may not see, with an answer for everybody."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from models_ml.columns import FEATURE_COLUMNS
from models_ml.data.corpus import Corpus
from models_ml.data.wide import NAMES
from models_ml.transformer.network import Network, Output, Shape, WideEntries, plain_kernels
from models_ml.transformer.windows import Batch, Tokens, Vocabulary, assemble, kilometres, tokens

LENGTH, WINDOW = 12, 8


@pytest.fixture(scope="module")
def vocabulary(corpus: Corpus) -> Vocabulary:
    return Vocabulary.of_training(corpus)


@pytest.fixture(scope="module")
def rows(corpus: Corpus, vocabulary: Vocabulary) -> Tokens:
    return tokens(corpus, vocabulary)


@pytest.fixture(scope="module")
def network(corpus: Corpus, vocabulary: Vocabulary) -> Network:
    torch.manual_seed(1)
    codes = np.array([list(corpus.items).index(name) for name in vocabulary.items])
    points = kilometres(
        corpus.item_latitude[codes], corpus.item_longitude[codes], vocabulary.centre
    )
    sizes = (len(vocabulary.items), len(vocabulary.kinds), len(vocabulary.categories))
    shape = Shape(*sizes, 16, 2, 0.3, cells=len(vocabulary.cells), gaps=len(vocabulary.gap_edges))
    return Network(shape, torch.from_numpy(points)).eval()


def batch_of(corpus: Corpus, rows: Tokens) -> Batch:
    """One user's sixth and tenth event, and a question of nobody known."""
    start = int(corpus.start[4])
    query = torch.tensor([[start + 5, start + 9, rows.blank]])
    return assemble(rows, query, torch.tensor([start - 2]), LENGTH, WINDOW)


def no_counts() -> WideEntries:
    none = torch.zeros(0, dtype=torch.int64)
    return WideEntries(none, none, torch.zeros(0, len(NAMES)))


def said(network: Network, batch: Batch, rows: Tokens, wide: WideEntries | None = None) -> Output:
    with torch.inference_mode():
        return network(batch, rows, wide or no_counts())


def test_every_answer_is_a_distribution(corpus: Corpus, rows: Tokens, network: Network) -> None:
    output = said(network, batch_of(corpus, rows), rows)
    heads = (output.kinds, output.categories, output.cells, output.gaps)
    for part in (output.gates, output.vocabulary, *heads, output.place[:2]):
        assert torch.allclose(part.exp().sum(-1), torch.ones(len(part)), atol=1e-5)
    assert output.vocabulary.shape == (3, network.shape.items)
    assert output.kinds.shape == (3, network.shape.kinds)


def test_pointers_never_point_at_what_a_question_may_not_see(
    corpus: Corpus, rows: Tokens, network: Network
) -> None:
    batch = batch_of(corpus, rows)
    output = said(network, batch, rows)
    for weights, mask in ((output.place, batch.placed), (output.successor, batch.successor)):
        hidden = ~mask.flatten(0, 1)
        assert hidden[:2].any()
        assert (weights.exp()[:2][hidden[:2]] < 1e-6).all()


def test_a_question_without_history_is_answered_by_the_vocabulary_alone(
    corpus: Corpus, rows: Tokens, network: Network
) -> None:
    output = said(network, batch_of(corpus, rows), rows)
    assert output.gates[2].exp().tolist() == pytest.approx([0, 0, 1])
    assert torch.isfinite(output.vocabulary[2]).all()
    assert (output.gates[:2].exp() > 0.01).all()


@pytest.mark.parametrize("changed", ["after", "before the window"])
def test_what_lies_outside_a_questions_window_moves_nothing(
    corpus: Corpus, rows: Tokens, network: Network, changed: str
) -> None:
    batch = batch_of(corpus, rows)
    start = int(corpus.start[4])
    # The tenth event sees rows start + 2 .. start + 9, and the one before them in its first token.
    row = {"after": start + 10, "before the window": start}[changed]
    features = rows.features.clone()
    features[row] = 9.0
    moved = dataclasses.replace(rows, features=features)
    plain, other = said(network, batch, rows), said(network, batch, moved)
    assert torch.equal(plain.vocabulary[1], other.vocabulary[1])
    assert torch.equal(plain.kinds[1], other.kinds[1])
    features[start + 9] = 9.0
    assert not torch.equal(
        plain.vocabulary[1],
        said(network, batch, dataclasses.replace(rows, features=features)).vocabulary[1],
    )


def test_a_count_raises_the_place_it_counts_and_no_other(
    corpus: Corpus, rows: Tokens, network: Network
) -> None:
    batch = batch_of(corpus, rows)
    plain = said(network, batch, rows).vocabulary
    wide = WideEntries(torch.tensor([1]), torch.tensor([3]), torch.full((1, len(NAMES)), 2.0))
    counted = said(network, batch, rows, wide).vocabulary
    assert torch.equal(plain[0], counted[0])
    moved = counted[1] - plain[1]
    others = torch.cat([moved[:3], moved[4:]])
    assert torch.allclose(others, others[0].expand_as(others), atol=1e-5)
    assert abs(float(moved[3] - others[0])) > 1e-3


def test_dropout_belongs_to_training(corpus: Corpus, rows: Tokens, network: Network) -> None:
    batch = batch_of(corpus, rows)
    assert torch.equal(*(said(network, batch, rows).vocabulary for _ in range(2)))
    network.train()
    try:
        assert not torch.equal(*(said(network, batch, rows).vocabulary for _ in range(2)))
    finally:
        network.eval()


def test_features_enter_with_the_width_of_the_contract(network: Network) -> None:
    assert network.features.in_features == len(FEATURE_COLUMNS)


def test_kernels_are_given_back_even_after_an_error() -> None:
    before = torch.backends.mkldnn.enabled
    with pytest.raises(ValueError, match="inside"), plain_kernels():
        assert not torch.backends.mkldnn.enabled
        raise ValueError("inside")
    assert torch.backends.mkldnn.enabled == before
