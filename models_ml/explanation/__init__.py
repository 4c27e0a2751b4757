"""What a model's answers rest on, and whether that is what it cites.

Citing itself is the business of `Scorer.explain`.  Here belongs what is said about it:
`faithfulness` removes the cited events and sees how far the score falls, for any scorer;
`attributions` gives a second opinion on the Transformer's citations by integrated gradients, and
how far both agree; `importance` says which features matter over all answers.
"""
