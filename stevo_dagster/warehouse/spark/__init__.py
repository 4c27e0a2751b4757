"""Spark as the engine of the warehouse: the same dbt models, the same lake, another process.

Belongs here: what Python does so that dbt-spark sees and stages what dbt-duckdb does. Does not
belong here: SQL (`dbt_project/macros/engine/`). pyspark is an extra, so functions import it.
"""
