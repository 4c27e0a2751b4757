"""The gap head: it starts from what was counted, and hears when the user is about."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models_ml.data.corpus import Corpus
from models_ml.data.gaps import gap_hours
from models_ml.transformer import gap_head
from models_ml.transformer.gap_head import DAY_WAVES, GapHead
from models_ml.transformer.windows import Batch, Tokens, Vocabulary, assemble, tokens


@pytest.fixture(scope="module")
def vocabulary(corpus: Corpus) -> Vocabulary:
    return Vocabulary.of_training(corpus)


@pytest.fixture(scope="module")
def head(corpus: Corpus, vocabulary: Vocabulary) -> GapHead:
    made = GapHead(8, len(vocabulary.gap_edges))
    made.prepare(vocabulary.gap_bins, gap_hours(corpus)[corpus.split == 0])
    return made


def asked(corpus: Corpus, table: Tokens) -> Batch:
    start = int(corpus.start[1])
    query = torch.tensor([[start + 15, table.blank]])
    return assemble(table, query, torch.tensor([start]), 16, 16)


def test_without_history_it_says_what_training_saw(
    corpus: Corpus, vocabulary: Vocabulary, head: GapHead
) -> None:
    table = tokens(corpus, vocabulary)
    with torch.inference_mode():
        found = head(torch.zeros(2, 8), asked(corpus, table), table)
    assert torch.allclose(found[1], head.prior, atol=1e-5)
    assert torch.allclose(found.exp().sum(-1), torch.ones(2), atol=1e-5)
    own = np.bincount(table.gap_code[corpus.start[1] + 1 : corpus.start[1] + 16].numpy())
    assert found[0][own.argmax()] > head.prior[own.argmax()]


def test_the_rhythm_is_the_sum_of_kernels_around_the_events(
    corpus: Corpus, vocabulary: Vocabulary, head: GapHead
) -> None:
    table = tokens(corpus, vocabulary)
    batch = asked(corpus, table)
    found = gap_head._rhythm(batch.allowed.float(), batch, table, DAY_WAVES, head.day)[0, 0]
    start = int(corpus.start[1])
    there = table.local[start : start + 16].numpy()
    edges = np.append(vocabulary.gap_edges, vocabulary.gap_edges[-1] + 168)
    weight = 2 * (1 - np.arange(1, len(DAY_WAVES) + 1) / (len(DAY_WAVES) + 1))
    for k in (0, len(edges) // 2, len(edges) - 2):
        points = edges[k] + (np.arange(8) + 0.5) / 8 * (edges[k + 1] - edges[k])
        ends = there[-1] + points[:, None, None] - there[None, :, None]
        waves = np.cos(2 * np.pi / 168 * DAY_WAVES * ends)
        busy = 16 + (weight * waves).mean(axis=0).sum()
        wanted = np.log((max(busy, 0) + gap_head.RHYTHM_WEIGHT) / (16 + gap_head.RHYTHM_WEIGHT))
        assert float(found[k]) == pytest.approx(wanted, abs=1e-3)
