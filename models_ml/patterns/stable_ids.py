"""The same group from one week to the next: numbers that groups keep while they overlap.

Belongs here: matching groups of a series of periods. Does not belong here: finding the groups.

Source: D. Greene, D. Doyle, P. Cunningham (2010), "Tracking the evolution of communities in dynamic
social networks", ASONAM: a group is matched to the latest form of an earlier one by the Jaccard
index, above a threshold of 0.3; here one to one, by the assignment that overlaps most in all.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

Group = Mapping[Hashable, float]
ENOUGH = 0.3
# a group that was away for longer comes back as another one
MEMORY = 4


def stable_ids(periods: Sequence[Sequence[Group]]) -> list[list[int]]:
    """The number of each group of each period, from 0, larger groups first where they are new.

    Args:
        periods: per period its groups: members with their weights.

    Returns:
        Numbers in the order of the groups given; two groups of a period never share one.
    """
    latest: dict[int, tuple[int, Group]] = {}
    made, found = 0, []
    for period, groups in enumerate(periods):
        known = [one for one in sorted(latest) if period - latest[one][0] <= MEMORY]
        ids = dict(_matches(groups, [latest[one][1] for one in known]))
        numbers = {index: known[place] for index, place in ids.items()}
        size = {index: -sum(group.values()) for index, group in enumerate(groups)}
        for index in sorted(size, key=lambda one: (size[one], one)):
            if index not in numbers:
                numbers[index], made = made, made + 1
        latest.update({numbers[index]: (period, group) for index, group in enumerate(groups)})
        found.append([numbers[index] for index in range(len(groups))])
    return found


def jaccard(one: Group, other: Group) -> float:
    """Weighted Jaccard index: what both hold of what either holds, 0 to 1."""
    members = one.keys() | other.keys()
    both = sum(min(one.get(member, 0.0), other.get(member, 0.0)) for member in members)
    either = sum(max(one.get(member, 0.0), other.get(member, 0.0)) for member in members)
    return both / either if either else 0.0


def _matches(groups: Sequence[Group], earlier: Sequence[Group]) -> list[tuple[int, int]]:
    """Pairs (group, earlier group) that overlap enough, no group in two of them."""
    if not groups or not earlier:
        return []
    overlap = np.array([[jaccard(group, before) for before in earlier] for group in groups])
    overlap[overlap < ENOUGH] = 0.0
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    kept = overlap[rows, columns] > 0
    return [(int(row), int(place)) for row, place in zip(rows[kept], columns[kept], strict=True)]
