"""Reports: correlations, charts and the HTML page of a release.

Here belong pure functions from data frames to tables, charts and HTML. Reading the lake, Dagster
assets and writing a release do not. Nothing here is imported when definitions load: Altair, SciPy,
h3 and pandas are heavy, so assets import these modules inside their functions.
"""
