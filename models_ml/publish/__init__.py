"""The published tables: predictions, explanations, recommendations.

Here belongs their layout, for any scorer.  Models do not.
"""
