"""How good the answers are, and what may be published: ranks, metrics, tables, champion, sentinel.

Here belongs measuring.  Models do not.
"""
