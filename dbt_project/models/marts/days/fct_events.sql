with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step() }}

),

with_angles as (

    select
        *,
        2 * pi() * (hour(local_at) * 60 + minute(local_at)) / 1440 as day_angle
    from events

),

final as (

    select
        * {{ but(['day_angle']) }},
        sin(day_angle) as scaled_hour_sin,
        cos(day_angle) as scaled_hour_cos,
        sin((2 * pi() * (weekday - 1) + day_angle) / 7) as scaled_weekday_sin,
        cos((2 * pi() * (weekday - 1) + day_angle) / 7) as scaled_weekday_cos,
        {{ log_scaled('gap_seconds', 604800) }} as scaled_gap,
        {{ log_scaled('distance_m', 20000000) }} as scaled_distance,
        {{ log_scaled('dwell_seconds', 86400) }} as scaled_dwell,
        {{ log_scaled('amount', 1000000) }} as scaled_amount,
        case when rating is not null then least(greatest(rating, 0), 5) / 5 end as scaled_rating
    from with_angles

)

select * from final
