"""Whether what a model cites is what its answer rests on.

Here belong tests of explanations, for any scorer: `faithfulness` removes the cited events and sees
how far the score falls.  Citing itself is the business of `Scorer.explain`.
"""
