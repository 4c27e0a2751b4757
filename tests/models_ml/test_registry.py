"""Every name leads to a model that says so, and an unknown one is refused with the known ones."""

from __future__ import annotations

import pytest

from models_ml import registry
from models_ml.columns import BASELINES
from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from tests.models_ml.conftest import TINY


def test_names_are_unique_and_hold_the_baselines() -> None:
    names = registry.names()
    assert len(set(names)) == len(names)
    assert set(BASELINES) <= set(names)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_fitted_by_name(name: str, corpus: Corpus) -> None:
    assert registry.fitted(name, corpus, TINY).name == name


def test_an_unknown_name_is_refused_with_the_known_ones(corpus: Corpus) -> None:
    with pytest.raises(ModelError, match="no model is called 'oracle'") as caught:
        registry.fitted("oracle", corpus, TINY)
    assert "ensemble" in caught.value.fix and "blend" in caught.value.fix
