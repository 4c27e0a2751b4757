with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step() }}

),

moves as (

    select *
    from {{ ref('int_moves') }}
    where {{ in_step() }}

),

counts as (

    select
        day,
        user_id,
        count(*) as events,
        {{ counts_by_type() }},
        count(distinct item_id) as items,
        count(distinct h3_r9) as cells,
        count(distinct date_trunc('hour', event_at)) as active_hours,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount,
        {{ exact_avg('latitude', 12) }} as centre_latitude,
        {{ exact_mean_longitude('longitude') }} as centre_longitude
    from events
    group by day, user_id

),

spreads as (

    select
        events.day,
        events.user_id,
        sqrt({{ exact_avg(
            "pow(" ~ distance_m(
                'counts.centre_latitude', 'counts.centre_longitude',
                'events.latitude', 'events.longitude'
            ) ~ ", 2)", 3
        ) }}) as radius_of_gyration_m
    from events
    inner join counts using (day, user_id)
    where events.latitude is not null
    group by events.day, events.user_id

),

item_counts as (

    select
        day,
        user_id,
        item_id,
        count(*) as events,
        sum(count(*)) over (partition by day, user_id) as total
    from events
    where item_id is not null
    group by day, user_id, item_id

),

entropies as (

    select
        day,
        user_id,
        {{ exact_sum('-(events / total) * ln(events / total)', 12) }} as entropy
    from item_counts
    group by day, user_id

),

travelled as (

    select
        day,
        user_id,
        {{ exact_sum('distance_m') }} as distance_m
    from moves
    group by day, user_id

),

final as (

    select
        counts.day,
        counts.user_id,
        counts.events,
        {%- for type in event_types() %}
        counts.n_{{ type }},
        {%- endfor %}
        counts.items,
        counts.cells,
        coalesce(entropies.entropy, 0.0) as entropy,
        spreads.radius_of_gyration_m,
        counts.active_hours,
        coalesce(travelled.distance_m, 0.0) as distance_m,
        counts.amount
    from counts
    left join spreads using (day, user_id)
    left join entropies using (day, user_id)
    left join travelled using (day, user_id)

)

select * from final
