with

judged as (

    select *
    from {{ ref('stg_events_judged') }}

),

days as (

    {{ days_of_step() }}

),

counts as (

    select
        days.day,
        count(judged.event_key) as events,
        count(*) filter (where judged.removed_for = 'bot') as bots,
        count(*) filter (where judged.removed_for = 'impossible_move') as impossible_moves
    from days
    left join judged on days.day = judged.day
    group by days.day

),

final as (

    select
        day,
        1 as step,
        'bot' as reason,
        events as rows_in,
        bots as removed,
        events - bots as rows_out
    from counts

    union all

    select
        day,
        2 as step,
        'impossible_move' as reason,
        events - bots as rows_in,
        impossible_moves as removed,
        events - bots - impossible_moves as rows_out
    from counts

)

select * from final
