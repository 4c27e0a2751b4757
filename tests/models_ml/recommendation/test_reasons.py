"""Reasons: true sentences."""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus
from models_ml.recommendation.candidates import COLD, REGION, SCORER, Own
from models_ml.recommendation.cold import ALIKE, NEAR, POPULAR
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.reasons import sentences, why_newcomer


def test_each_source_has_its_sentence(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]))
    visits = np.zeros((1, 30), dtype=int)
    newest = np.zeros((1, 30), dtype=np.int64)
    visits[0, :2] = 1, 3
    newest[0, :2] = moment.at - 2 * MICROSECONDS_A_DAY
    other = int(np.flatnonzero(~np.isin(corpus.item_category, corpus.item_category[:2]))[0])
    same = int(np.flatnonzero(corpus.item_category[2:] == corpus.item_category[0])[0]) + 2
    items = np.array([[0, 1, other, other, same, other, -1]])
    sources = np.array([[SCORER, SCORER, COLD, REGION, SCORER, SCORER, SCORER]])
    (told,) = sentences(Own(visits, newest), items, sources, moment)
    times = moment.trend[other]
    kind = corpus.categories[corpus.item_category[other]]
    assert told == [
        "chosen once before, last 2.0 days ago",
        "chosen 3 times before, last 2.0 days ago",
        f"new to you and hardly known yet, judged by {kind} nearby",
        f"new to you, around your last places: chosen {times} times in 28 days",
        f"new to you, of a kind you choose: {corpus.categories[corpus.item_category[0]]}",
        f"new to you, chosen {times} times by others in the last 28 days",
        "",
    ]


def test_every_fallback_says_that_nothing_is_known() -> None:
    told = {why_newcomer(stage) for stage in (ALIKE, NEAR, POPULAR)}
    assert len(told) == 3 and all(text.startswith("nothing is known of you") for text in told)
