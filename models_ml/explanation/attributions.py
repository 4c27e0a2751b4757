"""Integrated gradients: a second opinion on which earlier events a place's probability rests on.

Here belong the attributions of the Transformer's log probability to events, their form as
citations, and how far two opinions agree.  What the pointers cite is the business of
`PointerTransformer.explain`; whether citations bear the score, of `faithfulness`.

An event enters with its vector and with what it has in common with the question (the pair
features); both are moved together from those of a blank event (Sundararajan et al. 2017).  What is
counted (the wide features, the distance, how many events there are) is held, and so is which event
was where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.stats import rankdata
from torch import Tensor
from torch.nn import functional as F

from models_ml.data.corpus import Corpus, Queries
from models_ml.errors import ModelError
from models_ml.explanation.faithfulness import heaviest
from models_ml.scorer import Citation
from models_ml.transformer.devices import device_of, moved
from models_ml.transformer.losses import place_loss
from models_ml.transformer.network import NEVER, Network, WideEntries, plain_kernels
from models_ml.transformer.pointer import PointerTransformer, tokens_of
from models_ml.transformer.windows import Batch, Tokens

STEPS = 32
# Smaller shares are left out, as the pointers leave them out.
LEAST = 1e-4


@dataclass(frozen=True)
class Attributions:
    """What each earlier event adds to the log probability of the place asked about.

    `rows` (m, window + 1) are corpus rows, `len(corpus)` where there is none, and `values` of the
    same shape their attributions, which sum to `whole` - `blank` (m,): the log probability with
    all events, and with all of them blank.
    """

    rows: np.ndarray
    values: np.ndarray
    whole: np.ndarray
    blank: np.ndarray


def explain(
    model: PointerTransformer,
    corpus: Corpus,
    queries: Queries,
    items: np.ndarray,
    *,
    steps: int = STEPS,
) -> list[list[Citation]]:
    """Per question and place, the events that speak for it by their share of all that do.

    Roles are `place` and `successor` as the pointers have them, and `context` for an event that
    is neither.  A place that nothing speaks for has no citation.
    """
    found = attribute(model, corpus, queries, items, steps=steps)
    following = tokens_of(corpus, model.vocabulary).following.numpy()
    item = np.append(corpus.item, -1)
    limit = corpus.start[queries.user] + queries.before
    cited = []
    for index, rows in enumerate(found.rows):
        next_row = following[rows]
        went_on = (item[next_row] == items[index]) & (next_row < limit[index])
        role = np.where(item[rows] == items[index], "place", np.where(went_on, "successor", ""))
        gains = np.where(rows < len(corpus), found.values[index].clip(min=0), 0.0)
        total = gains.sum()
        is_possible = found.whole[index] > NEVER / 2
        kept = np.flatnonzero((gains > LEAST * total) & is_possible)
        listed = [
            Citation(int(rows[i]), float(gains[i] / total), str(role[i]) or "context") for i in kept
        ]
        cited.append(sorted(listed, key=lambda one: (-one.weight, -one.row)))
    return cited


def attribute(
    model: PointerTransformer,
    corpus: Corpus,
    queries: Queries,
    items: np.ndarray,
    *,
    steps: int = STEPS,
) -> Attributions:
    """Integrated gradients of the log probability of `items` (m,), by Gauss and Legendre in
    `steps` points.

    Raises `ModelError` without captum, and for a network without gradients.
    """
    gradients = _integrated_gradients()
    if not _has_gradients(model.network):
        raise ModelError(
            "this network was packed for answering and has no gradients",
            where=model.name,
            fix="explain the model it was made from",
        )
    model.network.eval()
    device = device_of(model.network)
    table = moved(tokens_of(corpus, model.vocabulary), device)
    code = torch.from_numpy(model.vocabulary.codes(corpus)[0]).to(device)
    parts, low = [], 0
    for part, batch, wide in model.batches(corpus, queries):
        batch, wide = moved(batch, device), moved(wide, device)
        asked = np.resize(items[low : low + len(part)], len(batch.key_rows))
        item = torch.from_numpy(asked)[:, None].to(device)
        score = _score(model.network, batch, table, wide, item, code[item])
        with plain_kernels():
            found = _of_batch(gradients, score, model.network, batch, table, steps)
        parts.append([values[: len(part)] for values in (batch.key_rows.cpu().numpy(), *found)])
        low += len(part)
    return Attributions(*(np.concatenate(one) for one in zip(*parts, strict=True)))


Score = Callable[[Tensor, Tensor], Tensor]


def _score(
    network: Network, batch: Batch, table: Tokens, wide: WideEntries, item: Tensor, code: Tensor
) -> Score:
    """The log probability of one place a question, (B,), from vectors of events (B, L + 1, d) and
    pair features (B, 1, L, PAIR_FEATURES).

    `item` and `code` (B, 1) are the place in the corpus' and in the model's codes.
    """
    keys = batch.key_rows[:, 1:]
    place = batch.placed[:, 0] & (table.item[keys] == item)
    successor = batch.successor[:, 0] & (table.item[table.following[keys]] == item)

    def score(events: Tensor, pairs: Tensor) -> Tensor:
        # A window asks one question, after its newest event: so the last two are the question's.
        embedded = events, events[:, -1:], events[:, -2:-1]
        output = network.answer(embedded, replace(batch, pairs=pairs), table, wide)
        # A place that training did not know has the code one past the last.
        padded = replace(output, vocabulary=F.pad(output.vocabulary, (0, 1), value=NEVER))
        return -place_loss(padded, place, successor, code[:, 0])

    return score


def _of_batch(
    gradients: Any, score: Score, network: Network, batch: Batch, table: Tokens, steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(attributions (B, L + 1), log probabilities with all events (B,), with blank ones (B,))."""
    nothing = replace(
        batch,
        key_rows=torch.full_like(batch.key_rows, table.blank),
        query_rows=torch.full_like(batch.query_rows, table.blank),
    )
    with torch.no_grad():
        events, pairs = network.embedded(batch, table)[0], batch.pairs
        blank, none = network.embedded(nothing, table)[0], torch.zeros_like(pairs)
        ends = [score(*one).cpu().double().numpy() for one in ((events, pairs), (blank, none))]
    by_vector, by_pair = gradients(score).attribute(
        (events, pairs), (blank, none), n_steps=steps, internal_batch_size=len(events)
    )
    values = by_vector.sum(-1)
    values[:, 1:] += by_pair[:, 0].sum(-1)
    return values.detach().cpu().double().numpy(), *ends


def agreement(
    one: list[list[Citation]], other: list[list[Citation]], events: np.ndarray, *, count: int = 3
) -> pd.DataFrame:
    """How far two opinions on the same questions agree, a row for each that both have cited for.

    `events` (m,) counts the earlier events each could have cited.  Columns: `question` (its
    place in the lists), `overlap` (the share of the heaviest `count` that both name, out of the
    shorter list), `by_chance` (what a blind draw of as many would share), and `rank_correlation`
    (Spearman over all `events`, those not cited tied at 0; NaN where one opinion ties them all).
    """
    rows = []
    for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
        tops = [set(heaviest(cited, count).tolist()) for cited in (mine, theirs)]
        if not all(tops):
            continue
        few, many = sorted(len(top) for top in tops)
        rows.append(
            {
                "question": index,
                "overlap": len(tops[0] & tops[1]) / few,
                "by_chance": many / int(events[index]),
                "rank_correlation": _spearman(mine, theirs, int(events[index])),
            }
        )
    return pd.DataFrame(rows, columns=["question", "overlap", "by_chance", "rank_correlation"])


def _spearman(one: list[Citation], other: list[Citation], events: int) -> float:
    named = sorted({cited.row for cited in (*one, *other)})
    weights = np.zeros((2, max(events, len(named))))
    for side, cited in zip(weights, (one, other), strict=True):
        for each in cited:
            side[named.index(each.row)] += each.weight
    ranks = rankdata(weights, axis=1)
    spread = ranks.std(axis=1)
    if not spread.all():
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def _has_gradients(network: Any) -> bool:
    return isinstance(network, Network) and all(
        isinstance(layer, torch.nn.Linear) for layer in (network.query, network.keys)
    )


def _integrated_gradients() -> Any:
    """captum's method; raises `ModelError` with the extra that brings it."""
    try:
        from captum.attr import IntegratedGradients
    except ImportError as error:
        raise ModelError(
            "captum is not installed",
            where="explanation.attributions",
            fix="pip install 'stevo[explain]'",
        ) from error
    return IntegratedGradients
