"""Patterns in time: what repeats, how strongly, and what changed.

Start from ``hourly`` (counts on a gapless axis of hours).  ``local_blocks`` cuts them into local
days and weeks; ``decomposition`` splits a series into trend, season and rest; ``periodicity`` asks
whether a cycle is more than chance; ``seasonality`` makes the published table of both.
"""
