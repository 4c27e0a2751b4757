"""The page to explore a release: shared tables, narrowed by what a reader chooses.

Here belong reading them from a release, narrowing, and the Streamlit page. Figures are those of the
report (`reports/figures.py`). Streamlit is an extra: nothing imports `app` but its server.
"""
