with

events as (

    select * from {{ ref('fct_events') }}

),

totals as (

    select
        user_id,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at,
        count(*) as events,
        count(distinct local_date) as active_days,
        count(distinct item_id) as items,
        count(distinct h3_r9) as cells,
        count(*) filter (where event_type = 'purchase') as purchases,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount,
        {{ exact_avg('latitude', 12) }} as centre_latitude,
        {{ exact_mean_longitude('longitude') }} as centre_longitude
    from events
    group by user_id

),

spreads as (

    select
        events.user_id,
        sqrt({{ exact_avg(
            "pow(" ~ distance_m(
                'totals.centre_latitude', 'totals.centre_longitude',
                'events.latitude', 'events.longitude'
            ) ~ ", 2)", 3
        ) }}) as radius_of_gyration_m
    from events
    inner join totals using (user_id)
    where events.latitude is not null
    group by events.user_id

),

item_counts as (

    select
        user_id,
        count(*) as events,
        sum(count(*)) over (partition by user_id) as total
    from events
    where item_id is not null
    group by user_id, item_id

),

entropies as (

    select
        user_id,
        {{ exact_sum('-(events / total) * ln(events / total)', 12) }} as entropy
    from item_counts
    group by user_id

),

cell_counts as (

    select
        user_id,
        h3_r9,
        count(*) filter (where local_hour >= 20 or local_hour < 7) as at_night,
        count(*) filter (
            where local_hour between 9 and 16 and not is_weekend and not is_holiday
        ) as at_work
    from events
    where h3_r9 is not null
    group by user_id, h3_r9

),

homes as (

    select
        user_id,
        {{ first_by('h3_r9', ['-at_night', 'h3_r9']) }} as home_h3_r9
    from cell_counts
    where at_night > 0
    group by user_id

),

works as (

    select
        user_id,
        {{ first_by('h3_r9', ['-at_work', 'h3_r9']) }} as work_h3_r9
    from cell_counts
    where at_work > 0
    group by user_id

),

final as (

    select
        totals.user_id,
        homes.home_h3_r9,
        works.work_h3_r9,
        totals.first_event_at,
        totals.last_event_at,
        totals.events,
        totals.active_days,
        totals.items,
        totals.cells,
        totals.purchases,
        totals.amount,
        coalesce(entropies.entropy, 0.0) as entropy,
        spreads.radius_of_gyration_m
    from totals
    left join spreads using (user_id)
    left join entropies using (user_id)
    left join homes using (user_id)
    left join works using (user_id)

)

select * from final
