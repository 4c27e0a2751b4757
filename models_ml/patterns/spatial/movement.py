"""How far and how variedly people move: each person's measures in one week, and their middle.

Belongs here: the measures and their bootstrap over people. Does not belong here: moves between
cells (``flows.py``).

Sources: M. C. González, C. A. Hidalgo, A.-L. Barabási (2008), "Understanding individual human
mobility patterns", Nature 453, for the radius of gyration and the jump; C. Song and others (2010),
"Limits of predictability in human mobility", Science 327, for the entropy of visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models_ml.patterns.spatial.clusters import kilometres

DRAWS = 499


@dataclass(frozen=True)
class Middle:
    """Median over people with its 95% interval, and the number of people."""

    value: float
    low: float
    high: float
    people: int


def person_measures(events: pd.DataFrame) -> pd.DataFrame:
    """Measures of each person: radius_of_gyration_km, jump_km (median step), visit_entropy_bits.

    Args:
        events: person, latitude, longitude and cell of each event of a week, in order of time.

    Persons with one event are left out. A jump joins two consecutive events in different cells; a
    person without one has no jump.
    """
    centre = events[["latitude", "longitude"]].to_numpy().mean(axis=0) if len(events) else (0, 0)
    north, east = kilometres(events[["latitude", "longitude"]].to_numpy(), np.asarray(centre)).T
    frame = events.assign(north=north, east=east)
    people = frame.groupby("person", sort=True)
    frame = frame[people["cell"].transform("size") > 1]
    people = frame.groupby("person", sort=True)
    # the mean of the squares about the centre, as the sum of the variances of both axes
    spread = people[["north", "east"]].var(ddof=0).sum(axis=1)
    step = (people["north"].diff() ** 2 + people["east"].diff() ** 2) ** 0.5
    jumps = step[frame["cell"] != people["cell"].shift()].dropna()
    shares = frame.groupby(["person", "cell"]).size() / people.size()
    return pd.DataFrame(
        {
            "radius_of_gyration_km": np.sqrt(spread),
            "jump_km": jumps.groupby(frame["person"]).median(),
            "visit_entropy_bits": -(shares * np.log2(shares)).groupby(level="person").sum(),
        }
    )


def middle(values: np.ndarray, seed: int = 0) -> Middle:
    """The median of people's values (at least one), bootstrapped over people."""
    rng = np.random.default_rng(seed)
    drawn = np.median(rng.choice(values, (DRAWS, len(values))), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Middle(float(np.median(values)), float(low), float(high), len(values))
