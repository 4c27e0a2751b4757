"""Counts drawn in memory with what is planted in them under the caller's hand."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.temporal.hourly import HourlySeries


def hourly_counts(
    seed: int, days: int, *, series: int = 1, daily: float = 0.0, weekly: float = 0.0,
    trend: float = 0.0, memory: float = 0.0, shift_hours: int = 0,
) -> HourlySeries:  # fmt: skip
    """Poisson counts around 20 an hour, busiest at 18:00 and on Saturday as far as asked for.

    ``memory`` is the coefficient of an AR(1) of the log rate, ``trend`` its change over the whole
    time, ``shift_hours`` the local hour of the first hour of the axis.
    """
    rng = np.random.default_rng(seed)
    hour_of_week = (np.arange(days * 24) + shift_hours) % 168
    rate = np.full((series, days * 24), np.log(20.0))
    rate += daily * np.cos((hour_of_week % 24 - 18) / 24 * 2 * np.pi)
    rate += weekly * (hour_of_week // 24 == 5)
    rate += trend * np.linspace(-0.5, 0.5, days * 24)
    if memory:
        noise = rng.normal(0, 0.3 * np.sqrt(1 - memory**2), rate.shape)
        state = rng.normal(0, 0.3, series)
        for hour in range(days * 24):
            state = memory * state + noise[:, hour]
            rate[:, hour] += state
    labels = [f"event_type:{index}" for index in range(series)]
    return HourlySeries(
        labels, rng.poisson(np.exp(rate)).astype(float), np.ones(days * 24, bool), hour_of_week
    )


@pytest.fixture(scope="session")
def make_counts():
    """``make_counts(seed, days, **planted)`` draws hourly counts."""
    return hourly_counts
