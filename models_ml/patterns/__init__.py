"""How behaviour changes in time and space: statistics over counts, each with its uncertainty.

Here belong pure numbers.  Reading marts, k-anonymity and publishing belong to the orchestration.
"""
