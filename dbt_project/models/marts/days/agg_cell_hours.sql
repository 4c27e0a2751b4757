with

events as (

    select
        *,
        date_trunc('hour', event_at) as hour_at
    from {{ ref('int_events_clean') }}
    where {{ in_step() }}

),

final as (

    select
        day,
        hour_at,
        {{ first_by('local_hour', ['event_at', 'event_key']) }} as local_hour,
        {{ first_by('weekday', ['event_at', 'event_key']) }} as weekday,
        h3_r9,
        event_type,
        count(*) as events,
        count(distinct user_id) as users,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount
    from events
    group by day, hour_at, h3_r9, event_type

)

select * from final
