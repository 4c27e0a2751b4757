"""Every name leads to a model that says so, and an unknown one is refused with the known ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models_ml import registry
from models_ml.columns import (
    BASELINES,
    ENSEMBLE,
    ITEM_KNN,
    LSTM,
    MARGINAL,
    MODEL,
    PEERS,
    RANKER,
    SASREC,
    ST_LSTM,
)
from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.errors import ModelError
from tests.models_ml.conftest import TINY


def test_names_are_unique_and_hold_the_baselines() -> None:
    names = registry.names()
    assert len(set(names)) == len(names)
    assert set(BASELINES) <= set(names)
    assert {*registry._OF_SEEDS, *registry._LEARNED, *BASELINES} == set(names)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_fitted_by_name(name: str, corpus: Corpus) -> None:
    assert registry.fitted(name, corpus, TINY).name == name


@pytest.mark.parametrize("name", [ITEM_KNN, ST_LSTM, SASREC])
def test_a_peer_is_fitted_by_name_with_the_task_it_was_asked(
    name: str, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"epochs": 1, "d_model": 8, "window": 8, "stride": 8}
    monkeypatch.setattr(registry, "_PEER_SETTINGS", dict.fromkeys(PEERS, small))
    told = replace(TINY, time_aware=True, seed=3)
    model = registry.fitted(name, corpus, told)
    assert model.name == name
    if name != ITEM_KNN:
        assert model.config == PeerConfig(seed=3, time_aware=True, threads=1, **small)


def test_several_seeds_are_for_models_with_a_network_of_ours(corpus: Corpus) -> None:
    small = replace(TINY, epochs=1, max_train_events=250)
    model = registry.fitted(MODEL, corpus, small, seeds=2)
    assert isinstance(model, DeepEnsemble) and len(model.members) == 2
    for name in (*BASELINES, ITEM_KNN, SASREC):
        with pytest.raises(ModelError, match=f"{name} is trained from one seed") as caught:
            registry.fitted(name, corpus, small, seeds=2)
        assert "st_transformer" in caught.value.fix


def test_settings_are_over_the_models_own_and_reach_it(corpus: Corpus) -> None:
    chosen = registry.configured(LSTM, replace(TINY, seed=3), {"epochs": 1, "d_model": 8})
    assert chosen == PeerConfig(seed=3, epochs=1, d_model=8, threads=1, **registry._RECURRENT)
    small = {"epochs": 1, "d_model": 8, "window": 8, "stride": 8}
    model = registry.fitted(LSTM, corpus, TINY, settings=small)
    assert model.config == registry.configured(LSTM, TINY, small)
    trees = registry.fitted(RANKER, corpus, TINY, settings={"rounds": 3, "questions": 300})
    assert trees.config.rounds == 3 and trees.config.seed == TINY.seed


@pytest.mark.parametrize("name", [ENSEMBLE, MARGINAL, ITEM_KNN, "blend"])
def test_models_without_settings_say_who_has_some(name: str, corpus: Corpus) -> None:
    for ask in (
        lambda: registry.configured(name, TINY, {}),
        lambda: registry.fitted(name, corpus, TINY, settings={"lr": 0.1}),
    ):
        with pytest.raises(ModelError, match=f"{name} takes no settings") as caught:
            ask()
        assert "st_transformer, ranker, lstm, gru" in caught.value.fix


def test_what_is_asked_beside_settings_is_none(corpus: Corpus) -> None:
    with pytest.raises(ModelError, match="time_aware is no setting"):
        registry.configured(RANKER, TINY, {"time_aware": True})


def test_an_unknown_name_is_refused_with_the_known_ones(corpus: Corpus) -> None:
    with pytest.raises(ModelError, match="no model is called 'oracle'") as caught:
        registry.fitted("oracle", corpus, TINY)
    assert "ensemble" in caught.value.fix and "blend" in caught.value.fix
