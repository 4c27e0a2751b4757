"""Many cities: how often each kind was found, how often each family claimed by chance, and whether
that is good enough.

Belongs here: seeds, the file of cities already judged, sums and bounds. Does not belong here:
judging one city (`cities`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stevo_dagster.errors import StevoError
from stevo_dagster.planted.cities import City, Size, judge_city
from stevo_dagster.planted.families import FAMILIES
from stevo_dagster.planted.kinds import KINDS

# at least 18 of 20, and at most 3 of 20
LEAST_FOUND, MOST_CLAIMED = 0.9, 0.15


@dataclass(frozen=True)
class Line:
    """Of `cities` cities, in how many it was found (a kind) or claimed (a family); `bound` is the
    least or the most that is good enough."""

    name: str
    cities: int
    count: int
    bound: int
    is_good: bool


def judge_cities(
    count: int,
    first_seed: int,
    size: Size,
    *,
    null: bool,
    kept: Path | None,
    say: Callable[[City], None],
) -> list[City]:
    """Judge the cities of `count` seeds from `first_seed` on, by seed.

    Args:
        count: how many.
        first_seed: the first seed.
        size: of each city.
        null: plant nothing.
        kept: a file of JSON lines; cities in it are not judged again, new ones are added to it.
        say: told of each city that is judged now.

    Raises:
        StevoError: `kept` holds cities of another size.
    """
    known = _read(kept, size) if kept is not None else {}
    cities = []
    for seed in range(first_seed, first_seed + count):
        city = known.get((seed, null))
        if city is None:
            city = judge_city(seed, size, null=null)
            say(city)
            if kept is not None:
                with kept.open("a") as file:
                    file.write(json.dumps({**city.as_json(), **vars(size)}) + "\n")
        cities.append(city)
    return cities


def lines_of(cities: Iterable[City], *, null: bool) -> list[Line]:
    """Kinds and how often they were found; of cities with nothing planted, families and how often
    they claimed anything."""
    listed = list(cities)
    if null:
        most = math.floor(MOST_CLAIMED * len(listed) + 1e-9)
        counts = {name: sum(city.claimed[name] > 0 for city in listed) for name in FAMILIES}
        return [
            Line(name, len(listed), number, most, number <= most) for name, number in counts.items()
        ]
    least = math.ceil(LEAST_FOUND * len(listed) - 1e-9)
    counts = {name: sum(city.found[name] for city in listed) for name in KINDS}
    return [
        Line(name, len(listed), number, least, number >= least) for name, number in counts.items()
    ]


def _read(path: Path, size: Size) -> dict[tuple[int, bool], City]:
    """Cities of a file that earlier calls wrote; none if there is no file yet.

    Raises:
        StevoError: a city of another size, or a line that is none of this command's.
    """
    if not path.exists():
        return {}
    found = {}
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        try:
            line: dict[str, Any] = json.loads(text)
            city = City(line["seed"], line["null"], line["found"], line["claimed"])
            given = Size(line["people"], line["days"])
        except (ValueError, KeyError, TypeError) as error:
            raise StevoError(
                "a line is no city that was judged",
                where=f"{path}, line {number}",
                fix="name another file",
            ) from error
        if given != size:
            raise StevoError(
                f"it holds cities of {given.people} people and {given.days} days",
                where=str(path),
                fix="ask for the same size, or name another file",
            )
        found[city.seed, city.null] = city
    return found
