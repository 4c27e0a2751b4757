"""Hyper-parameter search: spaces of settings, trials, the file that keeps them."""
