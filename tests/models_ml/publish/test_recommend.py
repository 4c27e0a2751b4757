"""The table of recommendations: layout, true reasons, policies, and no look ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.baselines import baseline
from models_ml.columns import RECOMMENDATION_COLUMNS
from models_ml.data.corpus import encode
from models_ml.errors import ModelError
from models_ml.evaluation.protocol import Protocol
from models_ml.evaluation.recommending import weights_on_val
from models_ml.publish.recommend import recommend
from models_ml.ranker import Ranker
from models_ml.recommendation.policy import POLICIES
from models_ml.recommendation.rerank import Weights
from tests.models_ml.test_no_leak import microseconds, overwritten

PROFILES = pd.DataFrame(
    {"user_id": ["u03", "u04", "n1"], "age": [1, 2, 1], "latitude": 40.05, "longitude": -73.95}
)


def test_layout_and_truth(table: pd.DataFrame) -> None:
    found = recommend(baseline("blend"), table, k=6)
    assert tuple(found.columns) == RECOMMENDATION_COLUMNS
    assert not found.duplicated(["user_id", "item_id"]).any()
    assert found.groupby("user_id")["rank"].apply(list).map(lambda r: r == [1, 2, 3, 4, 5, 6]).all()
    visits = table.dropna(subset=["item_id"]).groupby(["user_id", "item_id"]).size()
    for row in found.itertuples():
        times = visits.get((row.user_id, row.item_id), 0)
        assert row.is_new_to_user == (times == 0)
        if times == 1:
            assert row.reason.startswith("chosen once before")
        elif times > 1:
            assert row.reason.startswith(f"chosen {times} times before")
        else:
            assert row.reason.startswith("new to you")
    assert found.groupby("user_id")["is_new_to_user"].mean().between(0.3, 0.7).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_the_policy_holds(table: pd.DataFrame, policy: str) -> None:
    found = recommend(baseline("blend"), table, k=4, policy=policy)
    share = found["is_new_to_user"].mean()
    assert {"new_only": share == 1, "known_only": share == 0, "mixed": share == 0.5}.get(
        policy, True
    )
    with pytest.raises(ModelError, match="no policy"):
        recommend(baseline("blend"), table, policy="most")


@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    share=st.floats(0.2, 0.95),
    seed=st.integers(0, 99),
    policy=st.sampled_from(POLICIES),
    name=st.sampled_from(["blend", "ranker"]),
)
def test_changing_the_future_leaves_recommendations_bit_identical(
    table: pd.DataFrame, ranker: Ranker, share: float, seed: int, policy: str, name: str
) -> None:
    at = microseconds(table)
    moment = np.sort(at)[int(len(at) * share)]
    as_of = pd.Timestamp(int(moment), unit="us", tz="UTC")
    scorer = ranker if name == "ranker" else baseline(name)
    options = {"policy": policy, "weights": Weights(0.3, 0.2), "profiles": PROFILES}
    before = recommend(scorer, table, 8, as_of, **options)
    changed = overwritten(table, at > moment, seed)
    pd.testing.assert_frame_equal(
        before, recommend(scorer, changed, 8, as_of, **options), check_exact=True
    )


def test_the_weights_do_not_depend_on_test(table: pd.DataFrame) -> None:
    scorer, rules = baseline("blend"), Protocol(horizon_days=0.5)
    late = (table["split"] == "test").to_numpy()
    chosen = [
        weights_on_val(scorer, encode(one), rules) for one in (table, overwritten(table, late, 3))
    ]
    assert chosen[0] == chosen[1]
