"""Counts up to a moment equal a plain loop, whatever the ties in time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows
from models_ml.ranker.tally import Tally, seen_before

HOUR = 3_600_000_000
START = pd.Timestamp("2024-03-01", tz="UTC")
EVENTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=30)


def small(events: list[tuple[int, int]]) -> Corpus:
    """A corpus of (hour, place) events of one user."""
    rows = [
        {
            "event_id": f"e{number:02d}",
            "user_id": "u",
            "event_type": "click",
            "event_at": START + pd.Timedelta(hours=hour),
            "item_id": f"p{place}",
            "category": None,
            "latitude": None,
            "longitude": None,
            "utc_offset_minutes": 0,
        }
        for number, (hour, place) in enumerate(events)
    ]
    return encode(sequences.build(pd.DataFrame(rows)))


@settings(deadline=None)
@given(EVENTS, st.integers(0, 10), st.integers(0, 10))
def test_only_what_lies_strictly_before_is_counted(events, moment, earlier) -> None:
    corpus = small(events)
    tally = Tally(corpus, np.where(corpus.item == 0, -1, corpus.item))
    base = START.value // 1000
    hour = (corpus.at - base) // HOUR
    earlier = min(earlier, moment)
    seen, since = (np.array([(hour < one).sum()]) for one in (moment, earlier))
    for code in range(len(corpus.items)):
        is_it = (corpus.item == code) & (code > 0)
        asked = np.array([code])
        assert tally.before(asked, seen) == (is_it & (hour < moment)).sum()
        in_span = is_it & (hour < moment) & (hour >= earlier)
        assert tally.before(asked, seen, since) == in_span.sum()
        times = corpus.at[is_it & (hour < moment)]
        assert tally.newest(asked, seen) == (times.max() if len(times) else -1)
    assert tally.before(np.array([-1]), seen) == 0


def test_seen_before_counts_everybodys_events_of_earlier(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, np.arange(0, len(corpus), 131))
    found = seen_before(corpus, queries, 6 * HOUR)
    assert list(found) == [(corpus.at < at - 6 * HOUR).sum() for at in queries.at]
