"""Claims are rows below q = 0.05, counted once in the family they belong to."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from stevo_dagster.planted.families import FAMILIES, claims

CHANCE, CLAIM = 0.5, 0.01


def test_each_claim_is_counted_in_its_family(known):
    found = replace(
        known.findings,
        seasonality=pd.DataFrame({"q_value": [CLAIM, CHANCE]}),
        correlations=pd.DataFrame(
            {"kind": ["lagged", "calendar", "pearson"], "q_value": [CLAIM, CLAIM, CHANCE]}
        ),
        changes=pd.DataFrame(
            {
                "kind": ["change_point", "holiday", "pay_day", "change_point"],
                "q_value": [CLAIM, CLAIM, CHANCE, CLAIM],
            }
        ),
        hot_spots=pd.DataFrame({"q_value": [CLAIM, CLAIM]}),
        drift=None,
    )
    forecasts = pd.DataFrame(
        {"cell": ["all", "all"], "event_type": ["search", "search"], "gain_q": [CLAIM, CLAIM]}
    )
    counted = claims(found, forecasts)
    assert tuple(counted) == FAMILIES
    assert counted == {
        "cycle": 1,
        "correlation": 1,
        "change point": 2,
        "hot spot": 2,
        "holiday": 2,
        "forecast gain": 1,
    }
