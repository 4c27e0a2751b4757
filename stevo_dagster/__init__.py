"""Orchestration of stevo; empty so that `stevo_dagster.lake` loads duckdb alone."""
