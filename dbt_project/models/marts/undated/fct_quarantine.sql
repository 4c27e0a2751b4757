-- Without the line's bytes: those stay in the restricted table `quarantine`.
select
    file_id,
    run_id,
    source,
    format,
    line_number,
    byte_offset,
    byte_length,
    reason,
    field,
    message,
    status,
    quarantined_at
from {{ source('lake', 'quarantine') }}
