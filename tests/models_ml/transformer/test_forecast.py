"""What heads and summed places say: distributions that follow the places, and beat counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_ml.data.cells import cells_of
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.scorer import Forecaster
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.train import Trained, build


def test_the_model_is_a_forecaster_and_says_distributions(corpus: Corpus, trained: Trained) -> None:
    model = trained.model
    assert isinstance(model, Forecaster)
    queries = queries_for_rows(corpus, target_rows(corpus, "test", with_item=False)[:70])
    found = (
        model.score_categories(corpus, queries),
        model.score_cells(corpus, queries),
        model.time_to_next(corpus, queries).share,
    )
    widths = len(corpus.categories), len(cells_of(corpus, model.resolution).names)
    assert [one.shape for one in found[:2]] == [(70, width) for width in widths]
    assert all(np.allclose(one.sum(axis=1), 1, atol=0.02) for one in found)


def test_summed_places_are_the_sums_of_the_scores(corpus: Corpus, trained: Trained) -> None:
    model = replace(trained.model, calibration=Calibration(1.0, 1.0, 1.0))
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:40])
    places = model.score(corpus, queries)
    found = model.score_categories(corpus, queries)
    for code in range(len(corpus.categories)):
        wanted = places[:, corpus.item_category == code].sum(axis=1)
        assert np.allclose(found[:, code], wanted, atol=1e-3)
    cells = cells_of(corpus, model.resolution)
    cell_of = np.array([cells.code[corpus.item == item][0] for item in range(len(corpus.items))])
    found = model.score_cells(corpus, queries)
    for code in range(len(cells.names)):
        assert np.allclose(found[:, code], places[:, cell_of == code].sum(axis=1), atol=1e-3)


def test_val_settled_the_calibration(trained: Trained) -> None:
    found = trained.model.calibration
    assert found.kinds != 1.0
    assert {found.categories, found.cells} <= {0.0, 0.5, 1.0}


def test_who_is_told_the_time_does_not_predict_it(corpus: Corpus, trained: Trained) -> None:
    told = build(corpus, replace(trained.config, time_aware=True))
    assert told.network.to_gaps is None
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:3], time_given=True)
    assert told.score_categories(corpus, queries).shape[0] == 3
    with pytest.raises(ModelError, match="does not predict it"):
        told.time_to_next(corpus, queries)


def test_event_types_are_as_sure_as_val_allows(corpus: Corpus, trained: Trained) -> None:
    rows = target_rows(corpus, "val", with_item=False)
    queries = queries_for_rows(corpus, rows)

    def loss(calibration: Calibration) -> float:
        shares = replace(trained.model, calibration=calibration).score_events(corpus, queries)
        return float(-np.log(shares[np.arange(len(rows)), corpus.kind[rows]]).mean())

    found = trained.model.calibration
    assert loss(found) < loss(Calibration()) < loss(Calibration(kinds=5.0))
