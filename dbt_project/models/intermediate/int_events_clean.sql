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

-- A cell costs more than a join, so it is computed once for each distinct point.
points as (

    select distinct
        latitude,
        longitude
    from kept
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
        kept.* exclude (time_zone),
        zones.time_zone,
        coalesce(zones.country, home.country) as country,
        zones.time_zone is null and kept.utc_offset_minutes is null as is_imputed_time_zone,
        case
            when zones.time_zone is not null
                then {{ wall_clock('kept.event_at', 'zones.time_zone') }}
            when kept.utc_offset_minutes is not null
                then
                    {{ wall_clock('kept.event_at', "'UTC'") }}
                    + kept.utc_offset_minutes * interval 1 minute
            else {{ wall_clock('kept.event_at', 'home.time_zone') }}
        end as local_at
    from kept
    cross join home
    left join zones on kept.time_zone = zones.time_zone

),

filled as (

    select
        * exclude (category, dwell_seconds, utc_offset_minutes),
        coalesce(category, 'unknown') as category,
        category is null as is_imputed_category,
        coalesce(
            dwell_seconds,
            case event_type
                {%- for type, seconds in var('dwell_seconds_by_type').items() %}
                when '{{ type }}' then {{ seconds }}
                {%- endfor %}
            end
        ) as dwell_seconds,
        dwell_seconds is null as is_imputed_dwell,
        date_diff('minute', {{ wall_clock('event_at', "'UTC'") }}, local_at) as utc_offset_minutes,
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
        filled.is_imputed_dwell,
        filled.is_imputed_time_zone,
        filled.local_at,
        filled.local_date,
        cast(extract('hour' from filled.local_at) as integer) as local_hour,
        cast(extract('isodow' from filled.local_at) as integer) as weekday,
        extract('isodow' from filled.local_at) >= 6 as is_weekend,
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
