"""The warehouse: what dbt builds, when it is stale, how it is run, and what may be published.

Belongs here: plain Python around the dbt project, without Dagster. Does not belong here: SQL
(`dbt_project/`) or assets (`defs/warehouse/`).
"""
