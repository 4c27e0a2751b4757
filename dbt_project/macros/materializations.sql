{#- The two materialisations of the lake. Both only stage: what they write becomes visible to
    readers when `stevo_dagster.warehouse.publish` publishes it, after the tests. -#}

{% materialization lake_day, adapter='duckdb' -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set steps = lake_steps(target) -%}
    {%- do lake_assert_contract(lake_bounded(compiled_code, steps[0][0], steps[0][-1])) -%}
    {%- for days in steps -%}
        {%- do lake_stage_days(lake_bounded(compiled_code, days[0], days[-1]), target, days) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create or replace view {{ target }} as {{ lake_view_sql(target.identifier) }}
    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {#- Without this commit the threads that run tests would still see the old view. -#}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}


{% materialization lake_table, adapter='duckdb' -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- do lake_assert_contract(compiled_code) -%}
    {%- set path = lake_staged_path(target.identifier, 'all') -%}
    {%- do lake_copy(compiled_code, path, target.identifier, 'all') -%}
    {%- call statement('main') -%}
        create or replace view {{ target }} as {{ lake_view_sql(target.identifier) }}
    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}


{#- The model's SQL for one step of days. -#}
{% macro lake_bounded(sql, from_day, to_day) -%}
    {{ return(sql.replace('__step_from__', from_day).replace('__step_to__', to_day)) }}
{%- endmacro %}


{% macro lake_assert_contract(sql) -%}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
{%- endmacro %}


{#- The run's days and the look-back days that children read, cut into steps. -#}
{% macro lake_steps(relation) -%}
    {%- set steps = fromjson(lake_ask('steps', relation.identifier)) -%}
    {%- if steps | length == 0 -%}
        {{ exceptions.raise_compiler_error(
            relation.identifier ~ " is built by days, and this run has none: set STEVO_FROM_DAY and"
            ~ " STEVO_TO_DAY, or use `stevo run --from D --to D`"
        ) }}
    {%- endif -%}
    {{ return(steps) }}
{%- endmacro %}


{% macro lake_staged_path(table, partition) -%}
    {%- set found = run_query("select stevo_stage('" ~ table ~ "', '" ~ partition ~ "')") -%}
    {{ return(found.columns[0].values()[0]) }}
{%- endmacro %}


{#- One day streams into its file; several are computed at once and then written one by one. -#}
{% macro lake_stage_days(sql, relation, days) -%}
    {%- set table = relation.identifier -%}
    {%- if days | length == 1 -%}
        {%- do lake_copy(sql, lake_staged_path(table, 'day=' ~ days[0]), table, 'day=' ~ days[0]) -%}
    {%- else -%}
        {%- do run_query('create or replace temp table ' ~ table ~ '__step as ' ~ sql) -%}
        {%- for day in days -%}
            {%- do lake_copy(
                'select * from ' ~ table ~ "__step where day = date '" ~ day ~ "'",
                lake_staged_path(table, 'day=' ~ day), table, 'day=' ~ day
            ) -%}
        {%- endfor -%}
        {%- do run_query('drop table ' ~ table ~ '__step') -%}
    {%- endif -%}
{%- endmacro %}


{#- Types are the contract's, whatever the expressions came out as. -#}
{% macro lake_copy(sql, path, table, partition) -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append('cast(' ~ column.name ~ ' as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- do run_query(
        'copy (select ' ~ columns | join(', ') ~ ' from (' ~ sql ~ ')) to '
        ~ "'" ~ path | replace("'", "''") ~ "' (format parquet, compression zstd)"
    ) -%}
{%- endmacro %}


{#- Staged files over published ones, as a list frozen now. -#}
{% macro lake_view_sql(table) -%}
    {{ return(lake_ask('view', table)) }}
{%- endmacro %}
