"""One module a group of `stevo` commands; each has `register(app)` and imports heavy parts inside functions."""
