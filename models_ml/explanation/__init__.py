"""Why a model answers as it does, and whether what it cites is what it rests on.

Here belong opinions on what an answer rests on, and their test.  Way through: `attributions` asks
the Transformer by integrated gradients, as a second opinion beside its pointers' `explain`;
`faithfulness` removes what is cited, by anybody, and sees how far the score falls.
"""
