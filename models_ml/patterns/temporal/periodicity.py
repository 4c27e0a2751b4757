"""Is there a cycle of a given length?  Its share of the spectrum, with p-values by rotation.

Here belong the test and the autocorrelation at the cycle's length.  What is left of the series when
its slow movements are gone is cut into blocks of one cycle (a day, a week).  Under the null each
block may be turned round by itself: that keeps what neighbouring hours have in common and breaks
only that the blocks agree on when it is busy.  Fisher's g, the classical test of a spectral peak,
takes the rest for white noise, which counts of people are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_ml.patterns.temporal.hourly import Floats

ROTATIONS = 999


@dataclass(frozen=True)
class Periodicity:
    """``share`` and ``p_value`` [series]; ``blocks`` is the number of cycles they rest on."""

    share: Floats
    p_value: Floats
    blocks: int


def detrended(values: Floats, window: int) -> Floats:
    """Values [series, time] less their centred moving mean over one cycle.

    An even window weighs its two ends by half, as in classical decomposition.  Towards the ends of
    the series the window shrinks on both sides alike, so that a straight line leaves nothing.
    """
    count = values.shape[1]
    place = np.arange(count)
    half = np.minimum(window // 2, np.minimum(place, count - 1 - place))
    low, high = place - half, place + half
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    total, size = sums[:, high + 1] - sums[:, low], 2.0 * half + 1
    if window % 2 == 0:
        total -= (values[:, low] + values[:, high]) / 2 * (half > 0)
        size -= half > 0
    return values - total / size


def periodicity(blocks: Floats, seed: int, rotations: int = ROTATIONS) -> Periodicity:
    """Test ``blocks`` [series, blocks, steps] for a cycle of one block's length.

    ``share`` is the part of the variance within blocks that stands at the harmonics of the cycle,
    which is the eta squared of a one-way analysis of variance by step (closed form, tested against
    ``scipy.stats.f_oneway`` and ``scipy.signal.periodogram``).  The same turns serve every series.
    """
    count, steps = blocks.shape[1:]
    spectrum = np.fft.rfft(blocks, axis=2)[:, :, 1:]
    orders = np.arange(1, steps // 2 + 1)
    # every order but the last of an even length stands for two, itself and its mirror
    weight = np.where(2 * orders == steps, 1.0, 2.0)
    whole = (np.abs(spectrum) ** 2).mean(axis=1) @ weight
    turns = np.random.default_rng(seed).integers(0, steps, size=(rotations, count))
    turns = np.concatenate([np.zeros((1, count), dtype=np.int64), turns])
    common = np.zeros((len(blocks), len(turns)))
    for index, order in enumerate(orders):
        phase = np.exp(2j * np.pi * order * turns / steps)
        common += weight[index] * np.abs(spectrum[:, :, index] @ phase.T / count) ** 2
    share = np.divide(common, whole[:, None], out=np.zeros_like(common), where=whole[:, None] > 0)
    as_large = (share[:, 1:] >= share[:, :1] - 1e-12).sum(axis=1)
    return Periodicity(share[:, 0], (as_large + 1) / (rotations + 1), count)


def autocorrelation(values: Floats, observed: NDArray[np.bool_], lag: int) -> Floats:
    """Autocorrelation of ``values`` [series, time] at one lag, unobserved times at the mean.

    Divides by the whole length, as ``statsmodels.tsa.stattools.acf`` does (tested against it).
    """
    mean = values[:, observed].mean(axis=1, keepdims=True)
    centred = np.where(observed, values - mean, 0.0)
    power = (centred**2).sum(axis=1)
    shared = (centred[:, lag:] * centred[:, : values.shape[1] - lag]).sum(axis=1)
    return np.divide(shared, power, out=np.zeros_like(power), where=power > 0)
