"""The baseline floor: a learned model is published only when it is clearly better."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from models_ml.baselines import all_baselines
from models_ml.columns import MODEL
from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.evaluation.champion import baseline_only, choose
from models_ml.evaluation.evaluate import evaluate
from models_ml.evaluation.sentinel import shuffled_labels
from models_ml.transformer.train import Trained, train

WEAK = ("popularity", "visit_counter", "markov")


@pytest.fixture(scope="module")
def evaluation(corpus: Corpus, trained: Trained) -> pd.DataFrame:
    weak = {name: one for name, one in all_baselines().items() if name in WEAK}
    return evaluate({**weak, MODEL: trained.model}, corpus)


def test_a_baseline_that_is_made_for_the_city_stays_champion(
    corpus: Corpus, trained: Trained
) -> None:
    """Own successors are all there is to know here: a model must not win by luck."""
    found = evaluate({**all_baselines(), MODEL: trained.model}, corpus)
    champion = choose(found)
    assert champion.name == "blend"
    assert champion.reason.startswith(f"{MODEL} does not beat blend: acc@1 ")


def test_a_better_model_is_champion(evaluation: pd.DataFrame) -> None:
    champion = choose(evaluation)
    assert champion.name == MODEL
    assert champion.model_source == f"model:{MODEL}"
    assert not champion.is_baseline
    assert champion.reason.startswith(f"{MODEL} beats ")


def test_the_sentinel_overrules(evaluation: pd.DataFrame) -> None:
    champion = choose(evaluation, blocked="it peeked")
    assert champion.is_baseline
    assert "it peeked" in champion.reason


def test_an_interval_that_touches_zero_is_not_enough(evaluation: pd.DataFrame) -> None:
    weak = evaluation.copy()
    weak.loc[weak.metric.str.startswith("acc@1_minus_"), "ci_low"] = 0.0
    champion = choose(weak)
    places = evaluation[(evaluation.task == "next_place") & (evaluation.segment == "all")]
    accuracy = places[(places.metric == "acc@1") & (places.model != MODEL)]
    assert champion.name == accuracy.loc[accuracy.value.idxmax(), "model"]
    assert champion.model_source == f"baseline:{champion.name}"
    assert f"{MODEL} does not beat {champion.name}" in champion.reason


def test_shuffled_labels_publish_the_baseline(table: pd.DataFrame, trained: Trained) -> None:
    mixed = shuffled_labels(table)
    nothing = train(mixed, replace(trained.config, epochs=2))
    found = evaluate({**all_baselines(), MODEL: nothing.model}, mixed)
    assert choose(found).is_baseline


def test_without_a_learned_or_a_base_model(evaluation: pd.DataFrame) -> None:
    champion = choose(evaluation[evaluation.model != MODEL])
    assert champion.reason == "no learned model was evaluated"
    with pytest.raises(ModelError, match="holds no baseline"):
        choose(evaluation[evaluation.model == MODEL])
    assert baseline_only("too few events").model_source == "baseline:blend"
