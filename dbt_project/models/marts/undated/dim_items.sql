with

events as (

    select *
    from {{ ref('fct_events') }}
    where item_id is not null

),

categories as (

    select
        item_id,
        category,
        count(*) as events
    from events
    group by item_id, category

),

named as (

    select
        item_id,
        {{ first_by('category', ["category = 'unknown'", '-events', 'category']) }} as category
    from categories
    group by item_id

),

cells as (

    select
        item_id,
        h3_r9,
        h3_r8,
        h3_r7,
        count(*) as events
    from events
    where h3_r9 is not null
    group by item_id, h3_r9, h3_r8, h3_r7

),

placed as (

    select
        item_id,
        {{ first_by('h3_r9', ['-events', 'h3_r9']) }} as h3_r9,
        {{ first_by('h3_r8', ['-events', 'h3_r9']) }} as h3_r8,
        {{ first_by('h3_r7', ['-events', 'h3_r9']) }} as h3_r7
    from cells
    group by item_id

),

totals as (

    select
        item_id,
        median(latitude) as latitude,
        median(longitude) as longitude,
        count(*) as events,
        count(distinct user_id) as users,
        count(*) filter (where event_type = 'purchase') as purchases,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount,
        {{ exact_avg('rating') }} as mean_rating,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from events
    group by item_id

),

final as (

    select
        totals.item_id,
        named.category,
        totals.latitude,
        totals.longitude,
        placed.h3_r9,
        placed.h3_r8,
        placed.h3_r7,
        totals.events,
        totals.users,
        totals.purchases,
        totals.amount,
        totals.mean_rating,
        totals.first_event_at,
        totals.last_event_at
    from totals
    left join named using (item_id)
    left join placed using (item_id)

)

select * from final
