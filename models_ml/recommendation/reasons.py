"""Why a place is on a list, in words a person understands; fallbacks say that they are.

Here belong the sentences alone.
"""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY
from models_ml.recommendation.candidates import COLD, REGION, Own
from models_ml.recommendation.cold import ALIKE, NEAR
from models_ml.recommendation.moment import TREND_DAYS, Moment


def why_known(own: Own, query: int, item: int, at: int) -> str:
    """How often and when the person was there."""
    days = (at - own.newest[query, item]) / MICROSECONDS_A_DAY
    times = int(own.visits[query, item])
    return f"chosen {_times(times)} before, last {days:.1f} days ago"


def why_new(own: Own, query: int, item: int, source: int, moment: Moment) -> str:
    """What speaks for a place the person has not been to."""
    corpus = moment.corpus
    category = int(corpus.item_category[item])
    trend = int(moment.trend[item])
    if source == COLD:
        return f"new to you and hardly known yet, judged by {corpus.categories[category]} nearby"
    if source == REGION:
        return f"new to you, around your last places: chosen {_times(trend)} in {TREND_DAYS} days"
    if category >= 0 and (own.is_known[query] & (corpus.item_category == category)).any():
        return f"new to you, of a kind you choose: {corpus.categories[category]}"
    if trend:
        return f"new to you, chosen {_times(trend)} by others in the last {TREND_DAYS} days"
    return "new to you, close to what you choose"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def why_newcomer(stage: int) -> str:
    """Which fallback stands in for a past that is not known."""
    if stage == ALIKE:
        return "nothing is known of you yet: chosen by people like you"
    if stage == NEAR:
        return "nothing is known of you yet: popular around your region"
    return "nothing is known of you yet: popular with everybody"


def sentences(own: Own, items: np.ndarray, sources: np.ndarray, moment: Moment) -> list[list[str]]:
    """One sentence for each place of each list, (people, k); empty where there is none."""
    found = []
    for query, (codes, listed) in enumerate(zip(items, sources, strict=True)):
        found.append(
            [
                ""
                if code < 0
                else why_known(own, query, code, moment.at)
                if own.visits[query, code]
                else why_new(own, query, code, source, moment)
                for code, source in zip(codes, listed, strict=True)
            ]
        )
    return found
