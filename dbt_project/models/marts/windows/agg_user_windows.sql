with

days as (

    {{ days_of_step() }}

),

user_days as (

    select *
    from {{ ref('agg_user_days') }}
    where {{ in_step(back=27) }}

),

aged as (

    select
        days.day,
        user_days.* {{ but(['day']) }},
        {{ days_between('user_days.day', 'days.day') }} as age
    from days
    inner join user_days on user_days.day between days.day - 27 and days.day

),

final as (

    select
        day,
        user_id,
        {%- for length in [1, 7, 28] %}
        cast(coalesce(sum(events) filter (where age < {{ length }}), 0) as bigint) as events_{{ length }}d,
        cast(coalesce(sum(n_purchase) filter (where age < {{ length }}), 0) as bigint)
            as purchases_{{ length }}d,
        coalesce({{ exact_sum("case when age < " ~ length ~ " then amount end") }}, 0.0)
            as amount_{{ length }}d,
        coalesce({{ exact_sum("case when age < " ~ length ~ " then distance_m end") }}, 0.0)
            as distance_m_{{ length }}d,
        {%- endfor %}
        {%- for length in [7, 28] %}
        count(*) filter (where age < {{ length }}) as active_days_{{ length }}d,
        {{ exact_avg("case when age < " ~ length ~ " then entropy end", 12) }}
            as mean_entropy_{{ length }}d,
        {{ exact_avg("case when age < " ~ length ~ " then radius_of_gyration_m end") }}
            as mean_radius_of_gyration_m_{{ length }}d,
        {%- endfor %}
        cast(coalesce(sum(events) filter (where age < 7), 0)
        - coalesce(sum(events) filter (where age between 7 and 13), 0) as bigint) as events_change_7d,
        min(age) as days_since_active
    from aged
    group by day, user_id

)

select * from final
