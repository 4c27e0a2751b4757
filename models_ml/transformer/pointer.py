"""The trained model behind the scorer interface: from questions to scores, and to the events they
rest on.

Here belongs the inference path.  It answers each question in a window of its own and in batches
of one fixed shape, so an answer's bits depend on nothing that comes later.  Training is in
`train`, files in `checkpoint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from models_ml.columns import MODEL
from models_ml.config import TrainConfig
from models_ml.data.cells import cells_of
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.gaps import GapForecast
from models_ml.data.wide import Candidates, candidates
from models_ml.errors import ModelError
from models_ml.scorer import Citation, check_told
from models_ml.transformer.calibrate import UNCALIBRATED, Calibration, settled, tempered
from models_ml.transformer.devices import device_of, moved
from models_ml.transformer.forecast import Beside, beside, joined, named, spread
from models_ml.transformer.network import Network, Output, WideEntries, plain_kernels
from models_ml.transformer.windows import HOUR, Batch, Tokens, Vocabulary, assemble, tokens

ROWS = 64
WEEK_HOURS = 168.0


@dataclass(eq=False)
class PointerTransformer:
    """The network with what it needs to read a corpus: its settings and its vocabulary, and what
    val settled of its answers.  `learnt` is the moment of the newest event it was trained on
    (microseconds, UTC).
    """

    config: TrainConfig
    vocabulary: Vocabulary
    network: Network
    name: str = MODEL
    calibration: Calibration = UNCALIBRATED
    learnt: int | None = None

    @property
    def resolution(self) -> int:
        """The H3 resolution of the cells it predicts."""
        return self.vocabulary.resolution

    def fit(self, corpus: Corpus) -> PointerTransformer:
        """Train anew on a corpus with the same settings; returns the new model."""
        from models_ml.transformer.train import fit

        return fit(corpus, self.config).model

    def update(self, corpus: Corpus) -> PointerTransformer:
        """Learn from a corpus that has grown since `fit`, starting from what is known, without
        training anew; returns the updated model.
        """
        from models_ml.transformer.update import updated

        return updated(self, corpus)

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items); 0 for what nothing speaks
        for.
        """
        self._check_task(queries)
        parts = [
            self._place_scores(corpus, part, output, keys)[: len(part)]
            for part, output, keys in self._run(corpus, queries)
        ]
        return np.concatenate(parts)

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of the event types of the corpus, (queries, kinds); an unknown type has a
        little.
        """
        codes = self.vocabulary.codes(corpus)[1][:-1]
        return named(self.event_shares(corpus, queries), codes)

    def event_shares(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """The same of the event types it knows, in its own codes, (queries, own kinds)."""
        parts = [
            tempered(output.kinds.double().numpy()[: len(part)], self.calibration.kinds)
            for part, output, _ in self._run(corpus, queries)
        ]
        return np.concatenate(parts)

    def score_categories(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of the next event's category, (queries, len(corpus.categories)); an unknown
        one has a little.
        """
        codes = self.vocabulary.codes(corpus)[2][:-1]
        found = self.beside(corpus, queries)
        return spread(found.categories, self.calibration.categories, codes)

    def score_cells(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of the next event's cell, a column for each of
        `cells_of(corpus, self.resolution).names`.
        """
        codes = self.vocabulary.cell_codes(cells_of(corpus, self.resolution))[:-1]
        return spread(self.beside(corpus, queries).cells, self.calibration.cells, codes)

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        """The distribution of the time from each user's newest event to the next one.

        Raises `ModelError` for a model that is told the target's time: it has none to predict.
        """
        if self.config.time_aware:
            raise ModelError(
                "a model that is told the time of the next event does not predict it",
                where=self.name,
                fix="train with time_aware=False",
            )
        return GapForecast(self.vocabulary.gap_bins, self.beside(corpus, queries).gaps)

    def beside(self, corpus: Corpus, queries: Queries) -> Beside:
        """What all heads beside the place say, in the model's own codes; see `forecast`."""
        self._check_task(queries)
        table = tokens_of(corpus, self.vocabulary)
        return joined(
            [
                beside(output, keys, table, self.vocabulary, len(part))
                for part, output, keys in self._run(corpus, queries)
            ]
        )

    def calibrated(self, corpus: Corpus) -> PointerTransformer:
        """This model with its `calibration` settled on a sample of split `val`."""
        config = self.config
        rows = target_rows(
            corpus, "val", with_item=False, max_targets=config.max_val_targets, seed=config.seed
        )
        queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
        table, asked = tokens_of(corpus, self.vocabulary), torch.from_numpy(rows)
        found = settled(
            self.beside(corpus, queries),
            table.kind_code[asked].numpy(),
            table.category_code[asked].numpy(),
            table.cell_code[asked].numpy(),
        )
        return replace(self, calibration=found)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """Per question and place, the earlier events by their share of the probability the
        pointers give it.
        """
        following = tokens_of(corpus, self.vocabulary).following.numpy()
        cited: list[list[Citation]] = []
        low = 0
        for part, output, keys in self._run(corpus, queries):
            place = (output.gates[:, :1] + output.place).exp().double().numpy()
            successor = (output.gates[:, 1:2] + output.successor).exp().double().numpy()
            for index in range(len(part)):
                item, rows = items[low + index], keys[index]
                real = rows < len(corpus)
                at = np.where(real, corpus.item[np.minimum(rows, len(corpus) - 1)], -1)
                after = following[rows]
                to = np.where(
                    after < len(corpus), corpus.item[np.minimum(after, len(corpus) - 1)], -1
                )
                cited.append(
                    _cited(rows, place[index] * (at == item), successor[index] * (to == item))
                )
            low += len(part)
        return cited

    def _check_task(self, queries: Queries) -> None:
        check_told(self.name, trained=self.config.time_aware, asked=queries.time_given)

    def batches(
        self, corpus: Corpus, queries: Queries
    ) -> Iterator[tuple[Queries, Batch, WideEntries]]:
        """(questions, what the network reads) in batches of exactly ROWS, the last one padded."""
        table = tokens_of(corpus, self.vocabulary)
        codes = self.vocabulary.codes(corpus)[0]
        for low in range(0, len(queries), ROWS):
            part = queries.take(slice(low, low + ROWS))
            full = part.take(np.resize(np.arange(len(part)), ROWS))
            last = corpus.start[full.user] + full.before - 1
            rows = torch.from_numpy(np.where(full.before > 0, last, table.blank))[:, None]
            window = self.config.window
            first = torch.where(rows[:, 0] < table.blank, rows[:, 0] - window + 1, table.blank)
            batch = assemble(table, rows, first, window, window, moments(corpus, full))
            wide = wide_entries(candidates(corpus, full), codes, len(self.vocabulary.items))
            yield part, batch, wide

    @torch.inference_mode()
    def _run(
        self, corpus: Corpus, queries: Queries
    ) -> Iterator[tuple[Queries, Output, np.ndarray]]:
        """(questions, output, key rows (ROWS, window)) of each batch, one in memory at a time."""
        self.network.eval()
        device = device_of(self.network)
        there = moved(tokens_of(corpus, self.vocabulary), device)
        for part, batch, wide in self.batches(corpus, queries):
            with plain_kernels():
                output = self.network(moved(batch, device), there, moved(wide, device))
            output = moved(output, torch.device("cpu"))
            yield part, output, batch.key_rows[:, 1:].numpy()

    def _place_scores(
        self, corpus: Corpus, part: Queries, output: Output, keys: np.ndarray
    ) -> np.ndarray:
        """The mixture of the three answers, scattered onto the places of the corpus, float64."""
        codes = self.vocabulary.codes(corpus)[0][:-1]
        table = tokens_of(corpus, self.vocabulary)
        known = codes < len(self.vocabulary.items)
        scores = np.zeros((len(keys), len(codes)))
        mass = (output.gates[:, 2:] + output.vocabulary).double().exp().numpy()
        scores[:, known] = mass[:, codes[known]]
        rows = torch.from_numpy(keys)
        for i, (weights, places) in enumerate(
            (
                (output.place, table.item[rows]),
                (output.successor, table.item[table.following[rows]]),
            )
        ):
            share = (output.gates[:, i : i + 1] + weights).double().exp().numpy()
            item = places.numpy()
            owner = np.broadcast_to(np.arange(len(keys))[:, None], item.shape)
            real = (item >= 0) & (share > 0)
            flat = owner[real] * len(codes) + item[real]
            scores += np.bincount(flat, weights=share[real], minlength=scores.size).reshape(
                scores.shape
            )
        return scores


def _cited(rows: np.ndarray, place: np.ndarray, successor: np.ndarray) -> list[Citation]:
    """Citations of one question, heaviest first, weights as shares of all pointer evidence for
    the place.
    """
    total = place.sum() + successor.sum()
    if total <= 0:
        return []
    found = [
        Citation(int(rows[i]), float(values[i] / total), role)
        for role, values in (("place", place), ("successor", successor))
        for i in np.flatnonzero(values > 1e-4 * total)
    ]
    return sorted(found, key=lambda one: (-one.weight, -one.row))


@lru_cache(maxsize=4)
def tokens_of(corpus: Corpus, vocabulary: Vocabulary) -> Tokens:
    """The token table of a corpus, made once for each corpus and vocabulary."""
    return tokens(corpus, vocabulary)


def moments(corpus: Corpus, queries: Queries) -> tuple[Tensor, Tensor] | None:
    """(hours since the first event, local week hours) of the targets, each (m, 1); None where not
    given.
    """
    if not queries.time_given:
        return None
    hours = (queries.moment - corpus.at_sorted[0]) / HOUR
    local = (queries.moment + queries.offset) / HOUR % WEEK_HOURS
    return torch.from_numpy(hours)[:, None], torch.from_numpy(local)[:, None]


def wide_entries(found: Candidates, codes: np.ndarray, known: int) -> WideEntries:
    """Candidates as tensors, in the model's codes; places it does not know are left to the
    pointers.
    """
    code = codes[found.item]
    kept = code < known
    return WideEntries(
        question=torch.from_numpy(found.query[kept]),
        item=torch.from_numpy(code[kept]),
        features=torch.from_numpy(found.features[kept]),
    )
