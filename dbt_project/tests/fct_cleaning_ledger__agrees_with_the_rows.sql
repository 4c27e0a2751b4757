-- Of the ledger's days, which are the run's own, the first step takes in every event and the last one
-- leaves the clean ones.
with

events as (

    select
        day,
        count(*) as rows_in
    from {{ source('lake', 'events') }}
    group by day

),

clean as (

    select
        day,
        count(*) as rows_out
    from {{ ref('int_events_clean') }}
    group by day

),

ledger as (

    select
        day,
        max(rows_in) filter (where step = 1) as rows_in,
        min(rows_out) filter (where step = 3) as rows_out
    from {{ ref('fct_cleaning_ledger') }}
    group by day

)

select
    ledger.day,
    ledger.rows_in,
    ledger.rows_out
from ledger
left join events on ledger.day = events.day
left join clean on ledger.day = clean.day
where
    ledger.rows_in <> coalesce(events.rows_in, 0)
    or ledger.rows_out <> coalesce(clean.rows_out, 0)
