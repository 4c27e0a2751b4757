with

days as (

    {{ days_of_step() }}

),

home as (

    select * from {{ ref('stg_home') }}

),

holidays as (

    select * from {{ ref('holidays') }}

),

events as (

    select
        day,
        count(*) as events,
        count(distinct user_id) as users,
        count(distinct item_id) as items
    from {{ ref('int_events_clean') }}
    where {{ in_step() }}
    group by day

),

final as (

    select
        days.day,
        coalesce(events.events, 0) as events,
        coalesce(events.users, 0) as users,
        coalesce(events.items, 0) as items,
        holidays.holiday_name is not null as is_holiday,
        holidays.holiday_name,
        {{ iso_weekday('days.day') }} >= 6 as is_weekend,
        cast({{ iso_weekday('days.day') }} as integer) as weekday
    from days
    cross join home
    left join events on days.day = events.day
    left join holidays
        on
            home.country = holidays.country
            and days.day = holidays.holiday_on

)

select * from final
