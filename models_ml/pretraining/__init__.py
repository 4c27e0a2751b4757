"""Pre-training without a task of its own, and what a model takes over from it.

`objectives` puts the questions (the next event, or an event hidden between others), `pretrain`
trains on several sources at once, `transfer` starts the training for one of them from the result.
"""
