"""Whether what a model cites is what its answer rests on.

Here belong explanations of explanations, on top of citing itself, which is the business of
`Scorer.explain`: `faithfulness` removes the cited events and sees how far the score falls, for any
scorer; `attributions` gives a second opinion on the Transformer's citations by integrated
gradients, and how far both agree.
"""
