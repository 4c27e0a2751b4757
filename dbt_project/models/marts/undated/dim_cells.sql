with

cells as (

    select
        h3_r9,
        h3_r8,
        h3_r7,
        count(*) as events,
        count(distinct user_id) as users,
        count(distinct item_id) as items,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from {{ ref('fct_events') }}
    where h3_r9 is not null
    group by h3_r9, h3_r8, h3_r7

),

final as (

    select
        h3_r9,
        h3_r8,
        h3_r7,
        h3_latitude(h3_r9) as latitude,
        h3_longitude(h3_r9) as longitude,
        events,
        users,
        items,
        first_event_at,
        last_event_at
    from cells

)

select * from final
