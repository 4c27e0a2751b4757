"""The spatio-temporal Transformer with the pointer head: windows of events, network, training,
inference.

Here belongs what only this model needs.  What any model reads is in `data`.
"""
