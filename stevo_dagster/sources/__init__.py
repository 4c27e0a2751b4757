"""Outside formats, one module each, and the city simulator.

A new format is one module with a `READER` and one line in `registry.py`.
"""
