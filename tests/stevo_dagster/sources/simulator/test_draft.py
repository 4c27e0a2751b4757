"""Drafts: built, joined, cut."""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.draft import CHECK_IN, NONE, SEARCH, draft, join


def test_joined_drafts_keep_their_rows() -> None:
    who = np.array([1, 2])
    visit = draft(who, CHECK_IN, np.array([10, 20]), np.array([5, 6]))
    search = draft(who, SEARCH, np.array([30, 40]), NONE, place=np.array([7, 8]), topic=3)
    both = join([visit, search])
    assert len(both) == 4
    assert both.place.tolist() == [5, 6, 7, 8]
    assert both.item.tolist() == [5, 6, NONE, NONE]
    assert both.topic.tolist() == [NONE, NONE, 3, 3]
    late = both.take(both.local > 15)
    assert late.kind.tolist() == [CHECK_IN, SEARCH, SEARCH]
