"""What every reader is made of: the contract, chunks, faults, streams, lines and conversions.

Nothing here knows one outside format (`stevo_dagster/sources/<format>.py` does) or the lake
(`stevo_dagster/ingest` does).
"""
