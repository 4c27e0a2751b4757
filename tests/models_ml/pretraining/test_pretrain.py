"""Pre-training: sources are kept apart, only train rows are read, both objectives learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models_ml.errors import ModelError
from models_ml.pretraining.objectives import OBJECTIVES
from models_ml.pretraining.pretrain import pretrain, union
from tests.models_ml.conftest import TINY


def test_sources_share_names_of_types_and_categories_alone(table: pd.DataFrame) -> None:
    found = union({"a": table, "b": table})
    train = table[table["split"] == "train"]
    assert len(found) == 2 * len(train)
    assert len(found.users) == 2 * train["user_id"].nunique()
    assert len(found.items) == 2 * train["item_id"].nunique()
    assert set(found.categories) == set(train["category"].dropna())
    assert {name.split(":")[0] for name in found.items} == {"a", "b"}
    assert (found.item < 0).sum() == 2 * train["item_id"].isna().sum()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_both_objectives_learn_and_repeat(table: pd.DataFrame, objective: str) -> None:
    config = replace(TINY, epochs=5)
    found = pretrain({"a": table}, config, objective)
    assert found.losses[-1] < found.losses[0] - 0.2
    changed = table.copy()
    changed.loc[changed["split"] != "train", "item_id"] = "p00"
    assert np.array_equal(pretrain({"a": changed}, config, objective).losses, found.losses)


def test_unknown_objectives_and_no_source_are_named(table: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="no objective is called 'none'"):
        pretrain({"a": table}, TINY, "none")
    with pytest.raises(ModelError, match="no source"):
        pretrain({}, TINY)
