with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step(back=3) }}

),

with_previous as (

    select
        *,
        lag(event_at) over (partition by user_id order by event_at, event_key) as previous_at
    from events

),

with_begin as (

    select
        *,
        max(
            case
                when
                    previous_at is null
                    or {{ seconds_between('previous_at', 'event_at') }}
                    > {{ var('session_gap_minutes') }} * 60
                    then event_at
            end
        ) over (
            partition by user_id
            order by event_at, event_key
            rows between unbounded preceding and current row
        ) as begun_at
    from with_previous

),

-- After 24 hours without a pause the pieces are the UTC days, so no day needs to look back further.
pieces as (

    select
        *,
        case
            when {{ seconds_between('begun_at', 'event_at') }} < 86400 then begun_at
            else {{ utc_midnight('day') }}
        end as piece_at
    from with_begin

),

sessions as (

    select
        user_id,
        piece_at,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as events,
        count(distinct item_id) as distinct_items,
        {{ first_by('h3_r9', ['event_at', 'event_key']) }} filter (where h3_r9 is not null) as first_h3_r9,
        {{ last_by('h3_r9', ['event_at', 'event_key']) }} filter (where h3_r9 is not null) as last_h3_r9,
        count(*) filter (where event_type = 'purchase') as purchases,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount
    from pieces
    group by all

),

final as (

    select
        {{ utc_day("ended_at + interval " ~ var('session_gap_minutes') ~ " minute") }} as day,
        md5(user_id || '|' || {{ epoch_us('piece_at') }}) as session_key,
        user_id,
        started_at,
        ended_at,
        events,
        distinct_items,
        {{ seconds_between('started_at', 'ended_at') }} as duration_seconds,
        first_h3_r9,
        last_h3_r9,
        purchases,
        amount
    from sessions

)

select *
from final
where {{ in_step() }}
