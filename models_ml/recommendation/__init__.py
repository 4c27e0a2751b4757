"""From a scorer's answers to a list worth showing: propose, weigh, re-rank.

Here belongs the making of lists.  Their table is `publish.recommend`'s, how good they are
`evaluation.lists`'.

The way through: `moment` is what everybody knows before the question; `candidates` proposes some
hundred places a person, with a relevance (`cold` gives one to places that hardly anybody knows,
and lists to people of whom nothing is known); `policy` says which slots are for places the person
has been to; `rerank` fills the slots, trading relevance for variety and novelty; `lists` runs all
of it, and `reasons` says in words why a place is there.
"""
