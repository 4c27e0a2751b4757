with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step(back=var('pair_days')) }}

),

pairs as (

    select
        day,
        user_id,
        lag(event_id) over by_user as from_event_id,
        event_id as to_event_id,
        event_key as to_event_key,
        lag(event_at) over by_user as from_at,
        event_at as to_at,
        lag(item_id) over by_user as from_item_id,
        item_id as to_item_id,
        lag(h3_r9) over by_user as from_h3_r9,
        h3_r9 as to_h3_r9,
        {{ distance_m(
            'lag(latitude) over by_user', 'lag(longitude) over by_user', 'latitude', 'longitude'
        ) }} as distance_m
    from events
    window by_user as (partition by user_id order by event_at, event_key)

),

with_gap as (

    select
        *,
        {{ seconds_between('from_at', 'to_at') }} as gap_seconds
    from pairs
    where {{ in_step() }} and from_at is not null

),

final as (

    select
        day,
        user_id,
        from_event_id,
        to_event_id,
        to_event_key,
        from_at,
        to_at,
        gap_seconds,
        distance_m,
        case when gap_seconds > 0 then distance_m / gap_seconds * 3.6 end as speed_kmh,
        from_item_id,
        to_item_id,
        from_h3_r9,
        to_h3_r9
    from with_gap
    where gap_seconds <= {{ var('pair_days') }} * 86400

)

select * from final
