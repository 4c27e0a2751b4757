"""The places a training step's softmax is taken over where there are too many for all of them.

Here belong the rule of when to sample, the chances, the draw, and a batch in the codes of what was
drawn.  Scoring is always over all places; the softmax itself is in `network` and `peers.softmax`.

The normaliser is a sum over places.  Those a batch speaks of (its targets, and all places with a
count) are summed as they are; of the rest a sample is, shared over the batch, each divided by its
chance of being drawn, so that the sum's expectation is the whole sum: importance sampling of the
normaliser (Bengio and Senécal 2008), which subtracts log Q from each drawn score (Yi et al. 2019).
Draws are without replacement, systematic with unequal chances (Madow 1949): the size is fixed, and
with a sample of all places nothing is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from models_ml.data.corpus import Corpus
from models_ml.transformer.chunks import Chunk
from models_ml.transformer.network import Sampled
from models_ml.transformer.windows import Vocabulary

# Up to so many places a step takes all of them; above, a sample of so many.
ALL_UP_TO, SAMPLE = 20_000, 4_096
# Between everybody's counts and none: the exponent of word2vec's negatives (Mikolov et al. 2013).
POWER = 0.75
# Keeps the draws apart from other streams of the same seed and step.
STREAM = 0x5A


@dataclass(frozen=True, eq=False)
class Negatives:
    """`chance` (places,) is each place's chance of being drawn, in (0, 1]."""

    chance: np.ndarray

    @classmethod
    def of(
        cls, corpus: Corpus, vocabulary: Vocabulary, asked: int | None = None
    ) -> Negatives | None:
        """Chances by how often train visits a place; None where the softmax is over all places.

        `asked` is the size of the sample, 0 for all places, None for the rule above.
        """
        places = len(vocabulary.items)
        size = (SAMPLE if places > ALL_UP_TO else 0) if asked is None else asked
        if not size:
            return None
        code = vocabulary.codes(corpus)[0][corpus.item[(corpus.split == 0) & (corpus.item >= 0)]]
        counts = np.bincount(code[code < places], minlength=places)
        # A place that an older train split knew and this one does not can still be drawn.
        return cls(chances(np.maximum(counts, 1) ** POWER, size))

    def sampled(self, certain: np.ndarray, seed: tuple[int, ...]) -> Sampled:
        """The places `certain` (codes) and a sample of all, each once; the same for the same
        seed.
        """
        log_chance = np.log(self.chance)
        log_chance[certain] = 0.0
        is_in = np.zeros(len(self.chance), dtype=bool)
        is_in[drawn(self.chance, np.random.default_rng((*seed, STREAM)))] = True
        is_in[certain] = True
        item = np.flatnonzero(is_in)
        return Sampled(torch.from_numpy(item), torch.from_numpy(log_chance[item]).float())

    def narrowed(self, one: Chunk, seed: tuple[int, ...]) -> Chunk:
        """The batch with its targets and counts in the codes of a sample that has all of them."""
        certain = torch.cat([one.wide.item, one.code[one.has_place]])
        sampled = self.sampled(certain.numpy(), seed)
        wide = replace(one.wide, item=sampled.column(one.wide.item))
        return replace(one, wide=wide, code=sampled.column(one.code), sampled=sampled)


def chances(weights: np.ndarray, size: int) -> np.ndarray:
    """Chances in proportion to positive weights (places,) that sum to `size`; those that would
    exceed 1 are 1, and the others share what is left.
    """
    result = np.ones(len(weights))
    is_open = np.ones(len(weights), dtype=bool)
    while size < len(weights):
        left = size - (len(weights) - is_open.sum())
        share = weights[is_open] * (left / weights[is_open].sum())
        result[is_open] = np.minimum(share, 1.0)
        if not (share >= 1.0).any():
            break
        is_open[is_open] = share < 1.0
    return result


def drawn(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes drawn without replacement, each with its own chance: those of 1 always, of the others
    one at every whole step along their sum in a random order.
    """
    rest = rng.permutation(np.flatnonzero(chance < 1.0))
    along = np.cumsum(chance[rest])
    count = round(along[-1]) if len(rest) else 0
    found = np.searchsorted(along, rng.random() + np.arange(count), side="right")
    return np.concatenate([np.flatnonzero(chance >= 1.0), rest[np.minimum(found, len(rest) - 1)]])
