"""The ranker: gradient-boosted trees over counts, kernels and distances of candidate places.

The way through: `past` looks up what each user did, `proposals` names candidate places, `features`
describes them by `kernels` over the user's own visits and `profiles` of everybody's, counted by
`tally`; `model` trains the trees and answers questions.
"""

from models_ml.ranker.model import Ranker, train_ranker

__all__ = ["Ranker", "train_ranker"]
