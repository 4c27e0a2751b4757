"""The model library of stevo: pure functions and models over the `sequences` table.

Here belongs everything that learns, scores, measures or explains a prediction, on numpy, pandas,
torch, LightGBM and scikit-learn.  Orchestration (Dagster), SQL (dbt) and the lake do not belong
here, and are never imported.

The way through the package, one idea a file:

`data` makes the flat table every model reads, turns it into arrays (`corpus.encode`) and puts
questions ("what comes next for this user, knowing what lies strictly before this moment?").  A
`scorer.Scorer` answers them with one score a place, and `registry` knows every one by name:
`baselines` count, `transformer` is the trained network with the pointer head, `ranker` is
gradient-boosted trees over candidate places, `ensemble` mixes the two, `marginal` averages one that
is told the time over when the next event may be, `checkpoint` keeps them, `compression` makes the
network smaller and faster, `pretraining` gives it a start learnt elsewhere.  `peers` are the other
models of the field; `gap_counts` counts the time to the next event, which a `scorer.Forecaster`
learns; `language` turns texts into vectors.  `search` tries settings of any of them on val.

`recommendation` makes lists worth showing from the answers.  `evaluation` measures both and decides
what may be published, `explanation` says what answers rest on and whether cited events bear them;
`publish` writes the tables.
"""
