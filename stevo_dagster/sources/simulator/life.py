"""Ways of life: how strong habits are, how much people explore, visit and shop.

Belongs here: the named ways of life and what sets them apart. Does not belong here: what people do
with them (`people.py`, `schedule.py`, `funnel.py`, `city.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stevo_dagster.errors import StevoError


@dataclass(frozen=True)
class Life:
    """One way of life; the numbers of `usual` are those of the city that reports are checked on.

    Args:
        name: what callers and the truth call it.
        habit_share: share of visits that follow the habit of the weekday or of the day's mood.
        explore_share: share of visits, home and work apart, to any venue of the sort.
        visits: factor on the chance of every check-in of a daily round, at most 1.
        shopping: factor on how many shopping sessions there are.
        venues: factor on the number of venues.
        kinds: factor on the share of a kind of people, 1 where it is not named.
    """

    name: str
    habit_share: float = 0.86
    explore_share: float = 0.06
    visits: float = 1.0
    shopping: float = 1.0
    venues: float = 1.0
    kinds: Mapping[str, float] = field(default_factory=dict)


USUAL = Life("usual")
LIVES = {
    life.name: life
    for life in (
        USUAL,
        Life(
            "routine",
            habit_share=0.97,
            explore_share=0.01,
            visits=0.5,
            shopping=0.1,
            kinds={"commuter": 3.0, "tourist": 0.0},
        ),
        Life(
            "explorers",
            habit_share=0.35,
            explore_share=0.7,
            visits=0.5,
            shopping=0.1,
            venues=4.0,
            kinds={"commuter": 0.3, "night_owl": 2.0, "tourist": 3.0},
        ),
        Life("sparse", explore_share=0.25, visits=0.25, shopping=0.1, venues=6.0),
        Life("shoppers", visits=0.2, shopping=0.8, kinds={"local": 2.0}),
    )
}


def life_of(name: str) -> Life:
    """The way of life of a name.

    Raises:
        StevoError: no such way of life; the known ones are listed.
    """
    if name not in LIVES:
        raise StevoError(
            f"no way of life is called {name!r}",
            where="--life",
            fix=f"use one of {', '.join(LIVES)}",
        )
    return LIVES[name]
