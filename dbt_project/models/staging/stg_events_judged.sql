with

events as (

    select *
    from {{ ref('stg_events') }}
    where {{ in_step() }}

),

-- The last event of each user before the step stands for all of its past: a day costs the events
-- of that day and one short scan of the days before, and not eight days of sorting.
past as (

    select
        user_id,
        max({{ struct_of({
            'event_at': 'event_at',
            'event_key': 'event_key',
            'latitude': 'latitude',
            'longitude': 'longitude',
        }) }}) as latest
    from {{ ref('stg_events') }}
    where {{ before_step(back=var('pair_days')) }}
    group by user_id

),

-- Two lines that say the same in every field but their id are one event, logged twice.
copies as (

    select
        user_id,
        event_at,
        {{ row_hash([
            'source', 'event_type', 'item_id', 'category', 'latitude', 'longitude', 'time_zone',
            'utc_offset_minutes', 'session_id', 'dwell_seconds', 'amount', 'rating', 'query', 'extra'
        ]) }} as content,
        min(event_key) as event_key,
        count(*) as lines
    from events
    group by all
    having count(*) > 1

),

with_copies as (

    select
        events.*,
        coalesce(events.event_key <> copies.event_key, false) as is_duplicate
    from events
    left join copies
        on
            events.user_id = copies.user_id
            and events.event_at = copies.event_at
            and {{ row_hash([
                'events.source', 'events.event_type', 'events.item_id', 'events.category',
                'events.latitude', 'events.longitude', 'events.time_zone',
                'events.utc_offset_minutes', 'events.session_id', 'events.dwell_seconds',
                'events.amount', 'events.rating', 'events.query', 'events.extra'
            ]) }} = copies.content

),

positions as (

    select
        user_id,
        event_at,
        event_key,
        latitude,
        longitude,
        day
    from with_copies
    where not is_duplicate

    union all

    select
        user_id,
        latest.event_at,
        latest.event_key,
        latest.latitude,
        latest.longitude,
        null as day
    from past

),

with_previous as (

    select
        *,
        lag(event_at) over by_user as previous_at,
        lag(latitude) over by_user as previous_latitude,
        lag(longitude) over by_user as previous_longitude,
        lag(day) over by_user as previous_day
    from positions
    window by_user as (partition by user_id order by event_at, event_key)

),

-- A source that knows the hour alone gives events of one hour the same instant: the time between
-- two events is known to the coarser of their two precisions.
steps as (

    select
        user_id,
        day,
        previous_day,
        event_key,
        previous_at,
        {{ seconds_between('previous_at', 'event_at') }} as gap_seconds,
        {{ seconds_between('previous_at', 'event_at') }}
        + greatest({{ precision_seconds('previous_at') }}, {{ precision_seconds('event_at') }})
            as longest_gap_seconds,
        {{ distance_m('previous_latitude', 'previous_longitude', 'latitude', 'longitude') }}
            as distance_m
    from with_previous
    where
        day is not null
        and {{ seconds_between('previous_at', 'event_at') }} <= {{ var('pair_days') }} * 86400

),

-- A gap of nothing is one act of several lines, such as the items of an order, and no timer.
equal_gaps as (

    select
        user_id,
        day,
        floor(gap_seconds * 10 + 0.5) / 10 as gap_seconds,
        count(*) as gaps
    from steps
    where day = previous_day and gap_seconds > 0
    group by all

),

bots as (

    select
        user_id,
        day
    from equal_gaps
    group by user_id, day
    having
        max(gaps) filter (where gap_seconds <= {{ var('bot_max_gap_seconds') }})
        >= greatest({{ var('bot_min_equal_gaps') }}, {{ var('bot_equal_gap_share') }} * sum(gaps))

    union

    select
        user_id,
        day
    from events
    group by user_id, day
    having count(*) > {{ var('bot_max_events_per_day') }}

),

final as (

    select
        with_copies.* {{ but(['is_duplicate']) }},
        steps.previous_at,
        steps.gap_seconds,
        steps.distance_m,
        steps.distance_m / steps.longest_gap_seconds * 3.6 as speed_kmh,
        case
            when with_copies.is_duplicate then 'duplicate'
            when bots.user_id is not null then 'bot'
            when
                steps.distance_m > {{ var('impossible_distance_floor_m') }}
                and steps.distance_m * 3.6
                > steps.longest_gap_seconds * {{ var('impossible_speed_kmh') }}
                then 'impossible_move'
        end as removed_for
    from with_copies
    left join steps using (event_key)
    left join bots on with_copies.user_id = bots.user_id and with_copies.day = bots.day

)

select * from final
