select
    file_id,
    source,
    format,
    run_id,
    received_at,
    lines,
    accepted,
    late_accepted,
    duplicate,
    conflict,
    quarantined,
    suppressed
from {{ source('lake', 'ingest_ledger') }}
