with

events as (

    select *
    from {{ ref('int_events_clean') }}
    where {{ in_step() }} and item_id is not null

),

final as (

    select
        day,
        item_id,
        count(*) as events,
        {{ counts_by_type() }},
        count(distinct user_id) as users,
        coalesce({{ exact_sum("case when event_type = 'purchase' then amount end") }}, 0.0) as amount
    from events
    group by day, item_id

)

select * from final
