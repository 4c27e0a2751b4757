"""The time from a user's newest event to the next one: bins, and distributions over them.

Here belong the measured gaps, the bins that every forecast of a gap uses, and what can be asked
of a forecast (density, quantiles).  Who makes them: `gap_counts`, and the Transformer's
gap head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, NONE, Corpus, Queries

MICROSECONDS_AN_HOUR = MICROSECONDS_A_DAY // 24
SHORT_BINS = 16
# People come back at the same hour of another day, so bins are an hour wide for two days.
HOURS = np.concatenate(
    [np.arange(1, 48), np.arange(48, 72, 2), np.arange(72, 336, 24), np.arange(336, 1345, 168)]
).astype(float)
COVERED = 0.995


@dataclass(frozen=True)
class GapBins:
    """K bins [edges[k], edges[k + 1]) in hours, edges[0] = 0, the last one without an end.

    Within a bin the density is even in u = log(1 + minutes); in the last one it falls exponentially
    in u, with mean `tail`.
    """

    edges: tuple[float, ...]
    tail: float

    @classmethod
    def of(cls, hours: np.ndarray) -> GapBins:
        """Bins for observed gaps: quantiles of those under an hour, then `HOURS`, as far as
        `COVERED` of the gaps reach.
        """
        known = hours[np.isfinite(hours) & (hours > 0)]
        if not len(known):
            return cls((0.0,), 1.0)
        short = known[known < 1]
        inner = np.quantile(short, np.arange(1, SHORT_BINS) / SHORT_BINS) if len(short) else short
        limit = np.quantile(known, COVERED)
        edges = np.unique(np.concatenate([[0.0], inner, HOURS[limit >= HOURS]]))
        beyond = log_minutes(known[known >= edges[-1]]) - log_minutes(edges[-1:])
        return cls(tuple(float(x) for x in edges), float(max(beyond.mean(), 0.01)))

    def __len__(self) -> int:
        return len(self.edges)

    def codes(self, hours: np.ndarray) -> np.ndarray:
        """The bin of each gap, -1 for one that is unknown or not above zero."""
        code = np.searchsorted(np.asarray(self.edges), hours, side="right") - 1
        return np.where(np.isfinite(hours) & (hours > 0), code, NONE)


@dataclass(frozen=True, eq=False)
class GapForecast:
    """One distribution a question: `share` (m, K) is the probability of each bin, rows sum to 1."""

    bins: GapBins
    share: np.ndarray

    def log_density(self, hours: np.ndarray) -> np.ndarray:
        """Log of the density at a gap of each question, per hour; (m,)."""
        code = self.bins.codes(hours)
        edges = log_minutes(np.asarray(self.bins.edges))
        u = log_minutes(hours)
        last = code == len(self.bins) - 1
        width = np.diff(edges, append=np.inf)[code]
        within = np.where(last, -(u - edges[-1]) / self.bins.tail - np.log(self.bins.tail), 0.0)
        within = np.where(last, within, -np.log(np.where(last, 1.0, width)))
        chosen = self.share[np.arange(len(code)), code]
        return np.log(np.maximum(chosen, 1e-300)) + within + np.log(60.0 / (1.0 + 60.0 * hours))

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Hours below which each share `levels` (k,) in (0, 1) of a distribution lies; (m, k)."""
        edges = log_minutes(np.asarray(self.bins.edges))
        below = np.cumsum(self.share, axis=1)
        below /= below[:, -1:]
        code = (below[:, None, :] <= levels[None, :, None]).sum(axis=2)
        start = np.take_along_axis(np.pad(below, ((0, 0), (1, 0))), code, axis=1)
        end = np.take_along_axis(below, code, axis=1)
        part = (levels[None, :] - start) / (end - start)
        width = np.diff(edges, append=edges[-1])[code]
        is_last = code == len(self.bins) - 1
        beyond = -self.bins.tail * np.log1p(-np.where(is_last, part, 0.0))
        return np.expm1(edges[code] + np.where(is_last, beyond, part * width)) / 60.0


def log_minutes(hours: np.ndarray) -> np.ndarray:
    """u = log(1 + minutes), the scale on which gaps are even within a bin."""
    return np.log1p(60.0 * hours)


def gap_hours(corpus: Corpus) -> np.ndarray:
    """Hours from the user's event before to each event, NaN for a first one; (n,)."""
    hours = np.diff(corpus.at, prepend=corpus.at[0]) / MICROSECONDS_AN_HOUR
    hours[corpus.start[:-1]] = np.nan
    return hours


def waited(corpus: Corpus, queries: Queries) -> np.ndarray:
    """Hours from each user's newest earlier event to the event asked for; NaN without either."""
    known = (queries.before > 0) & (queries.row >= 0)
    newest = np.where(known, corpus.start[queries.user] + queries.before - 1, 0)
    hours = (corpus.at[queries.row] - corpus.at[newest]) / MICROSECONDS_AN_HOUR
    return np.where(known, hours, np.nan)
