"""The neural peers behind the scorer interface: from questions to scores, and to the events they
rest on.

Here belongs the inference path.  Each question is answered in a window of its own, as wide as its
own past asks for, and in batches whose size follows from that width alone, so an answer's bits
depend on nothing that comes later and on no other question.  Training is in `loop`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models_ml.columns import BERT4REC, ST_LSTM
from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus, Queries
from models_ml.peers.attention import Attentive
from models_ml.peers.inputs import Inputs, Table, table_of, window
from models_ml.peers.network import PeerNetwork
from models_ml.peers.readings import Readings
from models_ml.scorer import Citation, Logits, check_told
from models_ml.transformer.network import plain_kernels
from models_ml.transformer.windows import HOUR, Vocabulary

# Windows are a multiple of this wide: most people's pasts are shorter than the longest.
WIDTH = 8
# Of all windows of a batch, padding counted: what one layer makes of them fits a cache.
POSITIONS = 1536
# Questions whose logits are taken at once.
ROWS = 128
LOWEST = np.finfo(np.float32).min


@dataclass(eq=False)
class SequenceModel:
    """A network with what it needs to read a corpus; `seen` is the time (microseconds, UTC) of the
    newest event that it learned from.

    Only the ST-LSTM can use the time of the answer; the others are not told it, and so answer both
    tasks alike.
    """

    name: str
    config: PeerConfig
    vocabulary: Vocabulary
    network: PeerNetwork
    seen: int

    @property
    def reads_steps(self) -> bool:
        """Whether the time and the distance between events are read."""
        return self.name == ST_LSTM

    @property
    def fills_in(self) -> bool:
        """Whether the answer is read from a masked event behind the others."""
        return self.name == BERT4REC

    def fit(self, corpus: Corpus) -> SequenceModel:
        """Train anew on a corpus with the same settings; returns the new model."""
        from models_ml.peers.loop import train_peer

        return train_peer(self.name, corpus, self.config)[0]

    def update(self, corpus: Corpus) -> SequenceModel:
        """Go on training, from the present weights, on train rows newer than `seen`; places and
        types that came since are added.  Returns the new model; itself where nothing is newer.
        """
        from models_ml.peers.loop import continue_peer

        return continue_peer(self, corpus)[0]

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items); 0 for what the model does
        not know.
        """
        self._check_task(queries)
        codes = self.vocabulary.codes(corpus)[0][:-1]
        return self._spread(corpus, queries, codes, len(self.vocabulary.items), self._to_places)

    def logits(self, corpus: Corpus, queries: Queries) -> Iterator[Logits]:
        """The logits that `score` takes the softmax of, ROWS questions at a time."""
        self._check_task(queries)
        codes, size = self.vocabulary.codes(corpus)[0][:-1], len(self.vocabulary.items)
        known = np.flatnonzero(codes < size)
        items = np.concatenate([known, np.flatnonzero(codes >= size)])
        own, absent = codes[known], np.setdiff1d(np.arange(size), codes)
        is_all_in_order = np.array_equal(own, np.arange(size))
        column = np.argsort(items)
        places = np.full((ROWS, len(items)), LOWEST)
        scores = torch.from_numpy(places)[:, :size] if is_all_in_order else torch.empty(ROWS, size)
        with plain_kernels(), torch.inference_mode():
            states, heads = self._states(corpus, queries), self.network.places.T
        for low in range(0, len(queries), ROWS):
            count = min(ROWS, len(queries) - low)
            with plain_kernels(), torch.inference_mode():
                torch.mm(states[low : low + ROWS], heads, out=scores)
            if not is_all_in_order:
                places[:, : len(known)] = scores.numpy()[:, own]
            others = scores.numpy()[:count, absent]
            yield Logits(np.arange(low, low + count), places[:count], items, column, others)

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of the event types of the corpus, (queries, kinds); 0 for what the model
        does not know.
        """
        codes = self.vocabulary.codes(corpus)[1][:-1]
        return self._spread(
            corpus, queries, codes, len(self.vocabulary.kinds), self.network.to_kinds
        )

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """Per question and place, the earlier events by how far they move the place's log
        probability to first order: |gradient x input| of each event's embedding, as shares.
        """
        codes = self.vocabulary.codes(corpus)[0]
        cited: list[list[Citation]] = [[] for _ in range(len(queries))]
        for part, inputs, first in self._batches(corpus, queries):
            code = np.resize(codes[items[part]], len(inputs.length))
            weight = self._influence(inputs, torch.from_numpy(code)).numpy()
            for index, query in enumerate(part):
                rows = first[index] + np.arange(weight.shape[1])
                own = corpus.start[queries.user[query]]
                is_real = (rows >= own) & (rows < own + queries.before[query])
                known = is_real if code[index] < len(self.vocabulary.items) else is_real & False
                cited[query] = _cited(corpus, rows[known], weight[index][known], items[query])
        return cited

    def _to_places(self, states: Tensor) -> Tensor:
        return states @ self.network.places.T

    def _states(self, corpus: Corpus, queries: Queries) -> Tensor:
        """The state each question is answered from, (queries rounded up to ROWS, d)."""
        states = torch.zeros(-(-len(queries) // ROWS) * ROWS, self.config.d_model)
        attends = isinstance(self.network.encoder, Attentive) and self.config.layers > 1
        last = Readings(self.network).last if attends else self.network.last
        for part, inputs, _ in self._batches(corpus, queries):
            states[part] = last(inputs)[: len(part)]
        return states

    def _spread(
        self, corpus: Corpus, queries: Queries, codes: np.ndarray, size: int, head: object
    ) -> np.ndarray:
        """Probabilities over the model's own codes, laid onto those of the corpus, float64."""
        assert callable(head)
        # A column behind the model's own stands for what it does not know.
        column = np.minimum(codes, size)
        result = np.empty((len(queries), len(codes)))
        for part, inputs, _ in self._batches(corpus, queries):
            share = np.zeros((len(inputs.length), size + 1))
            with plain_kernels(), torch.inference_mode():
                scores = head(self.network.last(inputs)).double()
                torch.softmax(scores, dim=1, out=torch.from_numpy(share)[:, :size])
            result[part] = share.take(column, axis=1)[: len(part)]
        return result

    def _influence(self, inputs: Inputs, code: Tensor) -> Tensor:
        """|gradient x input| of the log probability of each window's place, (B, window)."""
        events = self.network.embed(inputs).detach().requires_grad_()
        last = self.network.last_of(events, inputs)
        scores = torch.log_softmax(self._to_places(last), dim=1)
        wanted = scores.gather(1, code.clamp(max=scores.shape[1] - 1)[:, None]).sum()
        (gradient,) = torch.autograd.grad(wanted, events)
        return (gradient * events).sum(-1).abs().detach()

    def _batches(
        self, corpus: Corpus, queries: Queries
    ) -> Iterator[tuple[np.ndarray, Inputs, np.ndarray]]:
        """(indices of questions, windows, first row of each window) in batches of as many windows
        of one width as make POSITIONS, the last one of each width padded.
        """
        self.network.eval()
        table = table_of(corpus, self.vocabulary, self.reads_steps)
        steps = -(-np.minimum(queries.before + 1, self.config.window) // WIDTH)
        for step in np.unique(steps):
            found, width = np.flatnonzero(steps == step), min(step * WIDTH, self.config.window)
            size = max(POSITIONS // width, 1)
            for low in range(0, len(found), size):
                part = found[low : low + size]
                full = queries.take(np.resize(part, size))
                yield part, *asking(table, corpus, full, self.config, self.fills_in, width)

    def _check_task(self, queries: Queries) -> None:
        if self.name == ST_LSTM:
            check_told(self.name, trained=self.config.time_aware, asked=queries.time_given)


def asking(
    table: Table, corpus: Corpus, queries: Queries, config: PeerConfig, fills_in: bool, width: int
) -> tuple[Inputs, np.ndarray]:
    """(windows of a width that holds them, first row of each): the events strictly before each
    question, led by a blank where the whole past is seen, or followed by a masked one.
    """
    start = corpus.start[queries.user]
    length = np.minimum(queries.before + 1, config.window)
    end = start + queries.before + int(fills_in)
    first = end - length
    # What follows the past is the answer, so a masked one stands for it.
    inputs = window(table, first, length - int(fills_in), width, start, config.time_aware)
    index = torch.arange(len(queries))
    last = torch.from_numpy(length - 1)
    if fills_in:
        inputs = replace(inputs, length=torch.from_numpy(length))
        inputs.item[index, last] = table.item[-1] + 1
        inputs.kind[index, last] = table.kind[-1] + 1
    elif table.steps is not None and config.time_aware and queries.time_given:
        newest = np.where(queries.before > 0, corpus.at[np.maximum(end - 1, 0)], queries.moment)
        hours = (queries.moment - newest) / HOUR
        inputs.gap[index, last] = torch.from_numpy(np.log1p(hours).astype(np.float32))
    return inputs, first


def _cited(corpus: Corpus, rows: np.ndarray, weight: np.ndarray, item: int) -> list[Citation]:
    """Citations of one question, heaviest first."""
    total = float(weight.sum())
    if total <= 0:
        return []
    return [
        Citation(
            int(rows[k]),
            float(weight[k]) / total,
            "place" if corpus.item[rows[k]] == item else "context",
        )
        for k in np.argsort(-weight, kind="stable")
        if weight[k] > 1e-4 * total
    ]
