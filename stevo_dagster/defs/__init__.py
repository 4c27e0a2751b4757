"""Dagster definitions, one folder a group of assets; `definitions.py` assembles them.

Belongs here: thin assets (read, call, write, attach metadata), sensors and schedules. Does not
belong here: logic, which lives in plain modules (`ingest/`, `warehouse/`, `reports/`, `models_ml`).
"""
