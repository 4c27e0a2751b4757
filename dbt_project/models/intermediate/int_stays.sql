with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step() }} and h3_r9 is not null

),

with_previous as (

    select
        *,
        lag(event_at) over by_day as previous_at,
        lag(h3_r9) over by_day as previous_h3_r9
    from events
    window by_day as (partition by user_id, day order by event_at, event_key)

),

numbered as (

    select
        *,
        sum(
            case
                when
                    previous_h3_r9 = h3_r9
                    and {{ seconds_between('previous_at', 'event_at') }}
                    <= {{ var('stay_gap_hours') }} * 3600
                    then 0
                else 1
            end
        ) over (
            partition by user_id, day
            order by event_at, event_key
            rows between unbounded preceding and current row
        ) as stay_number
    from with_previous

),

final as (

    select
        day,
        user_id,
        h3_r9,
        cast(stay_number as bigint) as stay_number,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as events,
        {{ seconds_between('min(event_at)', 'max(event_at)') }} as duration_seconds
    from numbered
    group by day, user_id, h3_r9, stay_number

)

select * from final
