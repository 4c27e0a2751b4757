with

moves as (

    select *
    from {{ ref('int_moves') }}
    where {{ in_step() }}

),

final as (

    select
        day,
        from_h3_r9,
        to_h3_r9,
        count(*) as moves,
        count(distinct user_id) as users,
        median(gap_seconds) as median_gap_seconds
    from moves
    where from_h3_r9 <> to_h3_r9
    group by day, from_h3_r9, to_h3_r9

)

select * from final
