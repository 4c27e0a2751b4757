"""Forecasts of counts by day, chosen and judged by what they would have said before.

``candidates`` are the methods, ``backtest`` asks each of them again and again as of an earlier day,
``conformal`` makes intervals of the errors, ``selection`` lets the best so far speak, ``forecasts``
makes the published table.
"""
