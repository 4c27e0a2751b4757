"""The events as every model reads them: table, arrays, questions, history, counted features.

Here belongs what lies before any model.  Models are in `transformer`, `ranker` and `baselines`.
"""
