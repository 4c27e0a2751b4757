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
        count(*) filter (where judged.removed_for = 'duplicate') as duplicates,
        count(*) filter (where judged.removed_for = 'bot') as bots,
        count(*) filter (where judged.removed_for = 'impossible_move') as impossible_moves
    from days
    left join judged on days.day = judged.day
    group by days.day

),

steps as (

    select
        day,
        1 as step,
        'duplicate' as reason,
        events as rows_in,
        duplicates as removed
    from counts

    union all

    select
        day,
        2 as step,
        'bot' as reason,
        events - duplicates as rows_in,
        bots as removed
    from counts

    union all

    select
        day,
        3 as step,
        'impossible_move' as reason,
        events - duplicates - bots as rows_in,
        impossible_moves as removed
    from counts

),

final as (

    select
        day,
        step,
        reason,
        rows_in,
        removed,
        rows_in - removed as rows_out
    from steps

)

select * from final
