"""Ingest: bytes kept, every line accounted for.

landing → parse (validate, pseudonyms) → settle → stage, audit, publish. Reading outside formats is
`stevo_dagster/sources`.
"""

from stevo_dagster.ingest.ledger import IngestResult, LedgerRow
from stevo_dagster.ingest.replay import replay
from stevo_dagster.ingest.run import ingest_inbox, ingest_path

__all__ = ["IngestResult", "LedgerRow", "ingest_inbox", "ingest_path", "replay"]
