"""Transfer: shared weights come over, a place's own never, and the report tells which."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import torch

from models_ml.data.corpus import Corpus, encode
from models_ml.errors import ModelError
from models_ml.pretraining.transfer import BY_NAME, OF_ONE_CITY, Pretrained, begin_from
from models_ml.transformer.train import Trained, build, fit


@pytest.fixture(scope="module")
def start(trained: Trained) -> Pretrained:
    return Pretrained(
        trained.model.network.state_dict(), trained.model.vocabulary, "next_event", []
    )


@pytest.fixture(scope="module")
def other(table: pd.DataFrame) -> Corpus:
    """The city with fewer places, one category renamed and one type unknown to the other."""
    part = table[table["item_id"].isna() | (table["item_id"] < "p20")].copy()
    part["category"] = part["category"].replace({"c3": "c9"})
    return encode(part)


def test_what_is_not_a_places_own_comes_over(
    other: Corpus, trained: Trained, start: Pretrained
) -> None:
    model = build(other, trained.config)
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    report = begin_from(model, start)
    after = model.network.state_dict()
    assert all(torch.equal(after[name], start.weights[name]) for name in report.copied)
    assert set(report.fresh) == set(OF_ONE_CITY)
    assert all(torch.equal(after[name], before[name]) for name in OF_ONE_CITY)
    assert report.matched["categories.weight"] == (3, 4)
    names, others = model.vocabulary.categories, start.vocabulary.categories
    rows, theirs = after["categories.weight"], start.weights["categories.weight"]
    for code, name in enumerate(names):
        kept = before["categories.weight"][code]
        assert torch.equal(rows[code], kept if name == "c9" else theirs[others.index(name)])
    assert torch.equal(rows[-1], theirs[-1])


def test_every_parameter_sized_by_a_vocabulary_is_known_here(
    corpus: Corpus, table: pd.DataFrame, trained: Trained
) -> None:
    part = table[table["item_id"].notna() & (table["item_id"] < "p20")]
    small = encode(part[(part["category"] != "c0") & (part["event_type"] != "cart")])
    one, two = (build(c, trained.config).network.state_dict() for c in (corpus, small))
    sized = {name for name in one if one[name].shape != two[name].shape}
    assert sized == {*OF_ONE_CITY, *BY_NAME}


def test_another_width_is_refused(other: Corpus, trained: Trained, start: Pretrained) -> None:
    model = build(other, replace(trained.config, d_model=8))
    with pytest.raises(ModelError, match="same d_model"):
        begin_from(model, start)


def test_training_goes_on_from_there(corpus: Corpus, trained: Trained, start: Pretrained) -> None:
    short = replace(trained.config, epochs=1, lr=1e-6)
    fresh, begun = fit(corpus, short), fit(corpus, short, start=start)
    assert fresh.transfer is None
    assert begun.transfer is not None
    assert begun.curves[0]["val_loss"] < fresh.curves[0]["val_loss"] - 0.1
