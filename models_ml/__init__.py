"""The model library of stevo: pure functions and models over the `sequences` table.

Here belongs everything that learns, scores, measures or explains a prediction, on numpy, pandas,
torch, LightGBM and scikit-learn.  Orchestration (Dagster), SQL (dbt) and the lake do not belong
here, and are never imported.

The way through the package, one idea a file:

`sequences.build(events)` makes the flat table every model reads; `corpus.encode` turns it into
arrays and `corpus.queries_*` into questions ("what comes next for this user, knowing what lies
strictly before this moment?"); a `scorer.Scorer` answers them with one score a place.  `baselines`
count; `pointer` is the trained network (`network`, fed by `windows`, `chunks` and `wide`, fitted by
`train`, kept by `checkpoint`); `ranker` is gradient-boosted trees over candidate places; `ensemble`
mixes the two.  `rank`, `metrics` and `evaluate` measure the answers; `champion`
and `sentinel` decide what may be published; `predict` and `recommend` write the published tables;
`benchmark` answers a benchmark folder.
"""
