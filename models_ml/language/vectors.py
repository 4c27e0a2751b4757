"""Small vectors of texts: a language model's, shrunk to a few principal components.

Here belong embedding and shrinking.  What the texts are is in `texts`, where the language model
comes from in `loader`, what a network does with the vectors in `transformer.item_texts`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from models_ml.errors import ModelError
from models_ml.language.loader import load
from models_ml.language.texts import texts_of

if TYPE_CHECKING:
    from models_ml.data.corpus import Corpus
    from models_ml.transformer.windows import Vocabulary

# A component with a smaller share of the first one's variance is rounding.
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of vectors: `mean` (width,) and `directions` (width, components), scaled
    so that the vectors they were fitted on have mean 0 and spread 1 in each.
    """

    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def fitted(cls, vectors: np.ndarray, most: int) -> Components:
        """At most `most` components of vectors (n, width), fewer where they have fewer; raises
        `ModelError` where all vectors are alike.
        """
        if len(vectors) < 2 or np.allclose(vectors, vectors[0], atol=1e-6):
            raise ModelError(
                "the items have no two different texts to tell them apart by",
                where="language.vectors",
                fix="events with category, item_name, query or review, or training without texts",
            )
        from sklearn.decomposition import PCA

        found = PCA(min(most, *vectors.shape), svd_solver="full").fit(vectors.astype(np.float64))
        spread = found.explained_variance_
        kept = spread > LEAST * spread[0]
        directions = found.components_[kept].T / np.sqrt(spread[kept])
        return cls(found.mean_.astype(np.float32), directions.astype(np.float32))

    def shrunk(self, vectors: np.ndarray) -> np.ndarray:
        """float32 (n, components) from (n, width)."""
        return np.asarray((vectors - self.mean) @ self.directions, dtype=np.float32)


def described(
    vocabulary: Vocabulary, corpus: Corpus, source: str, most: int
) -> tuple[Components, np.ndarray]:
    """The components fitted on the items that have a text, and float32 (items, components): zeros
    for an item without one.

    `source` is the folder or package of the language model; raises as `loader.load` does.
    """
    texts = texts_of(vocabulary, corpus)
    vectors = embedded([text for text in texts if text], source)
    components = Components.fitted(vectors, most)
    return components, _placed(texts, components.shrunk(vectors))


def described_by(
    components: Components, vocabulary: Vocabulary, corpus: Corpus, source: str, first: int
) -> np.ndarray:
    """float32 (items - first, components) of the items from the code `first` on, by components that
    are known; the language model is loaded only where one of these items has a text.
    """
    texts = texts_of(vocabulary, corpus)[first:]
    told = [text for text in texts if text]
    width, count = components.directions.shape
    vectors = embedded(told, source) if told else np.zeros((0, width), dtype=np.float32)
    if vectors.shape[1] != width:
        raise ModelError(
            f"the language model gives vectors of {vectors.shape[1]}, the model knows {width}",
            where=source,
            fix="the language model it was trained with, or train anew",
        )
    return _placed(texts, components.shrunk(vectors).reshape(-1, count))


def embedded(texts: Sequence[str], source: str) -> np.ndarray:
    """A vector a text, float32 (texts, width); each distinct one is embedded once, and no random
    number that others wait for is drawn.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    place = {text: row for row, text in enumerate(distinct)}
    with tempfile.TemporaryDirectory() as cache, torch.random.fork_rng(devices=[]):
        vectors = load(source, Path(cache)).embed(distinct)
    return vectors[[place[text] for text in texts]]


def _placed(texts: Sequence[str | None], rows: np.ndarray) -> np.ndarray:
    """The rows at the items that have a text, zeros at the others."""
    placed = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
    placed[[bool(text) for text in texts]] = rows
    return placed
