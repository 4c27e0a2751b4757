"""Where the city lies: land, districts, zone and country.

Belongs here: the fixed facts of a city and the distance on the ground. Does not belong here: its
venues (`city.py`) or people (`people.py`). The land is a rough union of ellipses, so that dots on
a map fall where a reader expects streets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

METRES_PER_DEGREE = 111_195.0
EARTH_METRES = 6_371_008.8

Degrees = np.ndarray | float


@dataclass(frozen=True)
class Ellipse:
    """A piece of land: centre in degrees, half axes in metres, turned clockwise from north."""

    latitude: float
    longitude: float
    along: float
    across: float
    turn_degrees: float


@dataclass(frozen=True)
class District:
    """A named part of the city with its centre in degrees."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class City:
    """Fixed facts of a city; the districts' order is what `people.KINDS` refers to."""

    name: str
    country: str
    time_zone: str
    land: tuple[Ellipse, ...]
    districts: tuple[District, ...]


NEW_YORK = City(
    name="new_york",
    country="US",
    time_zone="America/New_York",
    land=(
        Ellipse(40.779, -73.970, 10_800, 1_750, 29.0),
        Ellipse(40.650, -73.950, 8_000, 6_300, 0.0),
        Ellipse(40.735, -73.850, 7_500, 9_300, 0.0),
        Ellipse(40.850, -73.880, 5_300, 4_000, 0.0),
    ),
    districts=(
        District("midtown", 40.7540, -73.9840),
        District("downtown", 40.7130, -74.0060),
        District("village", 40.7300, -73.9950),
        District("uptown", 40.8090, -73.9500),
        District("north_brooklyn", 40.7080, -73.9420),
        District("south_brooklyn", 40.6680, -73.9800),
        District("central_brooklyn", 40.6830, -73.9660),
        District("queens_plaza", 40.7490, -73.9300),
        District("north_queens", 40.7650, -73.9130),
        District("east_queens", 40.7600, -73.8300),
        District("south_bronx", 40.8260, -73.9060),
        District("park_side", 40.7780, -73.9650),
    ),
)

CITIES = {NEW_YORK.name: NEW_YORK}


def shift(
    latitude: np.ndarray, longitude: np.ndarray, north: np.ndarray, east: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n,) in degrees moved by metres (n,) to the north and east."""
    new_longitude = longitude + east / (METRES_PER_DEGREE * np.cos(np.radians(latitude)))
    return latitude + north / METRES_PER_DEGREE, new_longitude


def metres_between(
    latitude_a: Degrees, longitude_a: Degrees, latitude_b: Degrees, longitude_b: Degrees
) -> np.ndarray:
    """Great-circle distance in metres (haversine), shape (n,); a number stands for n equal ones."""
    a, b = np.radians(latitude_a), np.radians(latitude_b)
    half = np.sin((b - a) / 2) ** 2
    half += np.cos(a) * np.cos(b) * np.sin(np.radians(longitude_b - longitude_a) / 2) ** 2
    return 2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def is_land(city: City, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Boolean (n,): whether points in degrees lie on the city's land."""
    found = np.zeros(len(latitude), dtype=bool)
    for piece in city.land:
        north = (latitude - piece.latitude) * METRES_PER_DEGREE
        east = (longitude - piece.longitude) * METRES_PER_DEGREE
        east *= np.cos(np.radians(piece.latitude))
        turn = np.radians(piece.turn_degrees)
        along = north * np.cos(turn) + east * np.sin(turn)
        across = east * np.cos(turn) - north * np.sin(turn)
        found |= (along / piece.along) ** 2 + (across / piece.across) ** 2 <= 1
    return found


def scatter(
    city: City, rng: np.random.Generator, district: np.ndarray, spread_metres: float
) -> tuple[np.ndarray, np.ndarray]:
    """Points on land around the centres of districts (n,), normally spread; degrees.

    A point that keeps falling into water ends at its district's centre, give or take 50 m.
    """
    centre_latitude = np.array([place.latitude for place in city.districts])[district]
    centre_longitude = np.array([place.longitude for place in city.districts])[district]
    latitude, longitude = centre_latitude.copy(), centre_longitude.copy()
    wet = np.arange(len(district))
    for spread in (*[spread_metres] * 6, 50.0):
        north, east = rng.normal(0, spread, (2, len(wet)))
        latitude[wet], longitude[wet] = shift(
            centre_latitude[wet], centre_longitude[wet], north, east
        )
        wet = wet[~is_land(city, latitude[wet], longitude[wet])]
    return np.round(latitude, 6), np.round(longitude, 6)
