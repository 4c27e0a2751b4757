"""Quality gates: one suite a boundary, run by Great Expectations inside DuckDB.

Importing this package loads neither Great Expectations nor pandas; running a suite does.
"""
