with

events as (

    select *
    from {{ ref('stg_events') }}
    where {{ in_step(back=var('pair_days')) }}

),

with_previous as (

    select
        *,
        lag(event_at) over by_user as previous_at,
        lag(latitude) over by_user as previous_latitude,
        lag(longitude) over by_user as previous_longitude
    from events
    window by_user as (partition by user_id order by event_at, event_key)

),

with_steps as (

    select
        * exclude (previous_at, previous_latitude, previous_longitude),
        case when {{ seconds_between('previous_at', 'event_at') }} <= {{ var('pair_days') }} * 86400
            then previous_at
        end as previous_at,
        {{ seconds_between('previous_at', 'event_at') }} as gap,
        {{ distance_m('previous_latitude', 'previous_longitude', 'latitude', 'longitude') }} as distance
    from with_previous
    where {{ in_step() }}

),

-- A gap of nothing is one act of several lines, such as the items of an order, and no timer.
equal_gaps as (

    select
        user_id,
        day,
        round(gap, 1) as gap,
        count(*) as gaps
    from with_steps
    where previous_at is not null and gap > 0
    group by all

),

timers as (

    select
        user_id,
        day
    from equal_gaps
    group by all
    having
        max(gaps) filter (where gap <= {{ var('bot_max_gap_seconds') }})
        >= greatest({{ var('bot_min_equal_gaps') }}, {{ var('bot_equal_gap_share') }} * sum(gaps))

),

floods as (

    select
        user_id,
        day
    from with_steps
    group by all
    having count(*) > {{ var('bot_max_events_per_day') }}

),

bots as (

    select * from timers
    union
    select * from floods

),

final as (

    select
        with_steps.* exclude (gap, distance),
        case when previous_at is not null then gap end as gap_seconds,
        case when previous_at is not null then distance end as distance_m,
        case when previous_at is not null and gap > 0 then distance / gap * 3.6 end as speed_kmh,
        case
            when bots.user_id is not null then 'bot'
            when
                previous_at is not null
                and distance > {{ var('impossible_distance_floor_m') }}
                and distance * 3.6 > gap * {{ var('impossible_speed_kmh') }}
                then 'impossible_move'
        end as removed_for
    from with_steps
    left join bots using (user_id, day)

)

select * from final
