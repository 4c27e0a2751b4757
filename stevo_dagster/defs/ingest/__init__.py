"""Group `ingest`: landing, events, quarantine and the ledger."""
