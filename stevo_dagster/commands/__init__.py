"""One module a group of `stevo` commands; `register(app)` adds them, heavy imports are inside."""
