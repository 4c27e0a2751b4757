"""Which features matter to a model: what its MRR on val loses when one of them is shuffled.

Here belong permutation importance (Breiman 2001) of the Transformer's and the ranker's features and
the trees' own gain.  Which events one answer rests on is the business of `Scorer.explain` and
`attributions`.

Values move between the questions of one batch, so that each keeps its distribution and loses its
meaning.  Where others say the same, little is lost: so all of a kind, or a group, is shuffled too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.wide import NAMES as WIDE_NAMES
from models_ml.data.wide import Candidates
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, resample
from models_ml.evaluation.rank import expected_ranks
from models_ml.ranker import features
from models_ml.ranker.examples import BATCH
from models_ml.ranker.model import Ranker
from models_ml.transformer.network import Network, Output, WideEntries
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.windows import PAIR_NAMES, Batch, Tokens

KINDS = {"wide": WIDE_NAMES, "pair": PAIR_NAMES}
COLUMNS = ("model", "feature", "mrr", "mrr_lost", "ci_low", "ci_high", "users", "n")


def of_network(
    model: PointerTransformer,
    corpus: Corpus,
    *,
    questions: int = 1_000,
    draws: int = 3,
    seed: int = 0,
    each: bool = True,
) -> pd.DataFrame:
    """What the network's wide and pair features are worth, on at most `questions` of val.

    One row for all of a kind (`wide`, `pair`) and with `each` one a feature (`wide.visits`,
    `pair.age`, …), most first: `mrr` with all features as they are, `mrr_lost` by shuffling (mean
    of `draws`), its 95% interval over users, and how many `users` and questions (`n`) there were.
    """
    queries = _questions(corpus, model.config.time_aware, questions, seed)
    whole = 1 / answer(model, corpus, queries).ranks
    found = {}
    for name, kind, columns in _of_kinds(each):
        rng = np.random.default_rng(seed)
        network = _Shuffled(model.network, kind, columns, rng)
        shuffled = replace(model, network=network)  # type: ignore[arg-type]
        found[name] = [1 / answer(shuffled, corpus, queries).ranks for _ in range(draws)]
    return _table(model.name, whole, found, queries)


def of_ranker(
    ranker: Ranker, corpus: Corpus, *, questions: int = 1_000, draws: int = 3, seed: int = 0
) -> pd.DataFrame:
    """The same for the groups of the ranker's features, `features.GROUPS`."""
    queries = _questions(corpus, ranker.config.time_aware, questions, seed)
    around = ranker.surroundings.codes(corpus)
    parts = [queries.take(slice(low, low + BATCH)) for low in range(0, len(queries), BATCH)]
    described = [(part, features.describe(corpus, part, around)) for part in parts]
    whole = _reciprocal(ranker, corpus, described)
    found = {}
    for group in features.GROUPS:
        rng = np.random.default_rng(seed)
        found[group] = [
            _reciprocal(
                ranker, corpus, [(part, shuffled(one, group, rng)) for part, one in described]
            )
            for _ in range(draws)
        ]
    return _table(ranker.name, whole, found, queries)


def gains(ranker: Ranker) -> pd.DataFrame:
    """How much the splits on each of the ranker's features lowered the loss in training.

    Columns `model`, `feature`, `group` and `gain`, a share of all gain; most first.
    """
    gain = np.asarray(ranker.trees.feature_importance("gain"), dtype=float)
    groups = [group for group, names in features.GROUPS.items() for _ in names]
    table = pd.DataFrame(
        {
            "model": ranker.name,
            "feature": features.NAMES,
            "group": groups,
            "gain": gain / max(gain.sum(), 1e-300),
        }
    )
    return table.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def shuffled(found: Candidates, group: str, rng: np.random.Generator) -> Candidates:
    """Candidates with the features of a group moved together between candidates, and between
    questions where they are a question's own.
    """
    columns = [features.NAMES.index(name) for name in features.GROUPS[group]]
    if group == "question":
        asked = np.unique(found.query)
        source = np.zeros(len(found.bounds) - 1, dtype=np.int64)
        source[asked] = found.bounds[rng.permutation(asked)]
        rows = source[found.query]
    else:
        rows = rng.permutation(len(found.item))
    values = found.features.copy()
    values[:, columns] = found.features[rows][:, columns]
    return replace(found, features=values)


class _Shuffled(nn.Module):
    """A network whose features of one kind, in these columns, come from others of the batch."""

    def __init__(
        self, network: Network, kind: str, columns: Sequence[int], rng: np.random.Generator
    ) -> None:
        super().__init__()
        self.network, self.kind, self.columns, self.rng = network, kind, list(columns), rng

    def forward(self, batch: Batch, table: Tokens, wide: WideEntries) -> Output:
        """As `Network.forward`."""
        if self.kind == "wide":
            wide = replace(wide, features=self._moved(wide.features))
        else:
            pairs = batch.pairs.clone()
            pairs[batch.allowed] = self._moved(pairs[batch.allowed])
            batch = replace(batch, pairs=pairs)
        output: Output = self.network(batch, table, wide)
        return output

    def _moved(self, values: Tensor) -> Tensor:
        """(entries, features) with the columns taken from other entries, all by one order."""
        order = torch.from_numpy(self.rng.permutation(len(values))).to(values.device)
        result = values.clone()
        result[:, self.columns] = values[order][:, self.columns]
        return result


def _of_kinds(each: bool) -> Iterable[tuple[str, str, Sequence[int]]]:
    """(name, kind, columns) of everything that is shuffled in a network."""
    for kind, names in KINDS.items():
        yield kind, kind, range(len(names))
        for column, name in enumerate(names if each else ()):
            yield f"{kind}.{name}", kind, [column]


def _questions(corpus: Corpus, time_given: bool, questions: int, seed: int) -> Queries:
    """Questions of val in an order that puts all times and users into one batch."""
    rows = target_rows(corpus, "val", max_targets=questions, seed=seed)
    if not len(rows):
        raise ModelError("split 'val' holds no event to predict", where="importance")
    mixed = np.random.default_rng(seed).permutation(rows)
    return queries_for_rows(corpus, mixed, time_given=time_given)


def _reciprocal(
    ranker: Ranker, corpus: Corpus, described: list[tuple[Queries, Candidates]]
) -> np.ndarray:
    """1 / rank of each target."""
    ranks = [
        expected_ranks(ranker.shares(corpus, part, found), corpus.item[part.row])
        for part, found in described
    ]
    return 1 / np.concatenate(ranks)


def _table(
    model: str, whole: np.ndarray, found: dict[str, list[np.ndarray]], queries: Queries
) -> pd.DataFrame:
    lost = np.stack([whole - np.mean(draws, axis=0) for draws in found.values()], axis=1)
    low, high = intervals(lost, *resample(queries.user))
    table = pd.DataFrame(
        {
            "model": model,
            "feature": list(found),
            "mrr": whole.mean(),
            "mrr_lost": lost.mean(axis=0),
            "ci_low": low,
            "ci_high": high,
            "users": len(np.unique(queries.user)),
            "n": len(queries),
        },
        columns=list(COLUMNS),
    )
    return table.sort_values("mrr_lost", ascending=False, kind="stable", ignore_index=True)
