with

kept as (

    select *
    from {{ ref('stg_events_judged') }}
    where removed_for is null

),

home as (

    select * from {{ ref('stg_home') }}

),

zones as (

    select * from {{ ref('time_zones') }}

),

holidays as (

    select * from {{ ref('holidays') }}

),

-- What the item's other events say, in the week up to the day: its newest category, and its place
-- if at least two people's events agree on one (an item bought from home is no place).
lacking as (

    select distinct
        item_id,
        day
    from kept
    where item_id is not null and (category is null or latitude is null)

),

told as (

    select
        item_id,
        day,
        max({{ struct_of({'event_at': 'event_at', 'event_key': 'event_key', 'category': 'category'}) }})
            filter (where category is not null) as newest,
        min(latitude) as least_latitude,
        max(latitude) as most_latitude,
        min(longitude) as least_longitude,
        max(longitude) as most_longitude,
        min(user_id) filter (where latitude is not null) as first_user,
        max(user_id) filter (where latitude is not null) as last_user
    from {{ ref('stg_events') }}
    where
        {{ in_step(back=var('pair_days')) }}
        and item_id in (select lacking.item_id from lacking)
        and (category is not null or latitude is not null)
    group by item_id, day

),

items as (

    select
        lacking.item_id,
        lacking.day,
        max(told.newest).category as item_category,
        case when min(least_latitude) = max(most_latitude)
            and min(least_longitude) = max(most_longitude)
            and min(first_user) <> max(last_user)
            then {{ struct_of({'latitude': 'min(least_latitude)', 'longitude': 'min(least_longitude)'}) }}
        end as place
    from lacking
    inner join told
        on
            lacking.item_id = told.item_id
            and told.day between lacking.day - {{ var('pair_days') }} and lacking.day
    group by lacking.item_id, lacking.day

),

known as (

    select
        kept.* {{ but(['category', 'latitude', 'longitude']) }},
        coalesce(kept.category, items.item_category, 'unknown') as category,
        kept.category is null as is_imputed_category,
        coalesce(kept.latitude, items.place.latitude) as latitude,
        coalesce(kept.longitude, items.place.longitude) as longitude,
        kept.latitude is null and items.place is not null as is_imputed_location
    from kept
    left join items on kept.item_id = items.item_id and kept.day = items.day

),

-- A cell costs more than a join, so it is computed once for each distinct point.
points as (

    select distinct
        latitude,
        longitude
    from known
    where latitude is not null

),

cells as (

    select
        latitude,
        longitude,
        h3_r9(latitude, longitude) as h3_r9
    from points

),

zoned as (

    select
        known.* {{ but(['time_zone']) }},
        zones.time_zone,
        coalesce(zones.country, home.country) as country,
        zones.time_zone is null and known.utc_offset_minutes is null as is_imputed_time_zone,
        case
            when zones.time_zone is not null
                then {{ wall_clock('known.event_at', 'zones.time_zone') }}
            when known.utc_offset_minutes is not null
                then
                    {{ wall_clock('known.event_at', "'UTC'") }}
                    + known.utc_offset_minutes * interval 1 minute
            else {{ wall_clock('known.event_at', 'home.time_zone') }}
        end as local_at
    from known
    cross join home
    left join zones on known.time_zone = zones.time_zone

),

filled as (

    select
        * {{ but(['dwell_seconds', 'utc_offset_minutes']) }},
        coalesce(
            dwell_seconds,
            case event_type
                {%- for type, seconds in var('dwell_seconds_by_type').items() %}
                when '{{ type }}' then {{ seconds }}
                {%- endfor %}
            end
        ) as dwell_seconds,
        dwell_seconds is null as is_imputed_dwell,
        {{ minutes_between(wall_clock('event_at', "'UTC'"), 'local_at') }} as utc_offset_minutes,
        cast(local_at as date) as local_date
    from zoned

),

final as (

    select
        filled.day,
        filled.event_id,
        filled.user_id,
        filled.event_type,
        filled.event_at,
        filled.received_at,
        filled.item_id,
        filled.category,
        filled.latitude,
        filled.longitude,
        filled.time_zone,
        cast(filled.utc_offset_minutes as integer) as utc_offset_minutes,
        filled.session_id,
        cast(filled.dwell_seconds as double) as dwell_seconds,
        filled.amount,
        filled.rating,
        filled.query,
        filled.source,
        filled.extra,
        filled.file_id,
        filled.line_number,
        filled.byte_offset,
        filled.event_key,
        filled.body_hash,
        filled.is_suspect_swap,
        filled.is_late,
        filled.is_imputed_category,
        filled.is_imputed_location,
        filled.is_imputed_dwell,
        filled.is_imputed_time_zone,
        filled.local_at,
        filled.local_date,
        cast(extract(hour from filled.local_at) as integer) as local_hour,
        cast({{ iso_weekday('filled.local_at') }} as integer) as weekday,
        {{ iso_weekday('filled.local_at') }} >= 6 as is_weekend,
        holidays.holiday_on is not null as is_holiday,
        holidays.holiday_name,
        filled.country,
        cells.h3_r9,
        {{ h3_parent('cells.h3_r9', 8) }} as h3_r8,
        {{ h3_parent('cells.h3_r9', 7) }} as h3_r7,
        filled.gap_seconds,
        filled.distance_m,
        filled.speed_kmh
    from filled
    left join cells using (latitude, longitude)
    left join holidays
        on
            filled.country = holidays.country
            and filled.local_date = holidays.holiday_on

)

select * from final
