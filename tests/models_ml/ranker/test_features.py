"""What the trees are told: every feature by its name, for every candidate, target left out."""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.sequences import haversine_m
from models_ml.data.wide import candidates
from models_ml.ranker.features import NAMES, describe
from models_ml.ranker.proposals import Surroundings


def described(corpus: Corpus, rows: np.ndarray):
    around = Surroundings.of_training(corpus).codes(corpus)
    return describe(corpus, queries_for_rows(corpus, rows), around)


def test_every_feature_has_a_name_of_its_own(corpus: Corpus) -> None:
    found = described(corpus, np.arange(30, 1400, 100))
    assert found.features.shape == (len(found.item), len(NAMES)) and len(set(NAMES)) == len(NAMES)
    assert found.features.dtype == np.float32
    spread = np.nanmax(found.features, axis=0) > np.nanmin(found.features, axis=0)
    still = {name for name, moves in zip(NAMES, spread, strict=True) if not moves}
    assert still == {"since_last"}, "without the target's time, now is the newest event"


def test_candidates_of_the_wide_features_are_kept_and_others_join(corpus: Corpus) -> None:
    rows = np.arange(30, 1400, 100)
    found, wide = described(corpus, rows), candidates(corpus, queries_for_rows(corpus, rows))
    keys = found.query * len(corpus.items) + found.item
    assert (np.diff(keys) > 0).all()
    assert set(wide.query * len(corpus.items) + wide.item) < set(keys)


def test_distances_are_from_home_and_unknown_without_one(corpus: Corpus) -> None:
    row = int(corpus.start[3] + 30)
    found = described(corpus, np.array([row]))
    items = corpus.item[corpus.start[3] : row]
    items = items[items >= 0]
    counts = np.bincount(items)
    newest = {int(item): place for place, item in enumerate(items)}
    home = max(newest, key=lambda item: (counts[item], newest[item]))
    away = haversine_m(
        np.full(len(found.item), corpus.item_latitude[home]),
        np.full(len(found.item), corpus.item_longitude[home]),
        corpus.item_latitude[found.item],
        corpus.item_longitude[found.item],
    )
    told = found.features[:, NAMES.index("from_home")]
    assert np.allclose(told, np.log1p(away / 1_000), atol=1e-5)
    newcomer = described(corpus, corpus.order[-1:] * 0 + corpus.start[-2])
    assert np.isnan(newcomer.features[:, NAMES.index("from_home")]).all()


def test_a_question_tells_how_much_its_user_explores(corpus: Corpus) -> None:
    row = int(corpus.start[5] + 40)
    found = described(corpus, np.array([row]))
    items = corpus.item[corpus.start[5] : row]
    items = items[items >= 0]
    variety = found.features[:, NAMES.index("variety")]
    lately = found.features[:, NAMES.index("variety_lately")]
    assert np.allclose(variety, len(np.unique(items)) / len(items))
    assert np.allclose(lately, len(np.unique(items[-20:])) / 20)
