{#- The two materialisations of the lake on Spark. They stage as DuckDB's do: a table's days are
    written in one job, one file a day; `stevo_dagster.warehouse.spark.settle` then gives each file
    the contract's types and the place the publisher looks at. Relations are global temporary views,
    because only those have a schema, which dbt names, and live in the session alone. -#}

{% materialization lake_day, adapter='spark' -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {%- set steps = lake_steps(target) -%}
    {%- do spark_stage(lake_bounded(compiled_code, steps[0][0], steps[-1][-1]), target, daily=true) -%}
    {%- call statement('main') -%}
        {{ spark_staged_view(target) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}


{% materialization lake_table, adapter='spark' -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {%- do spark_stage(compiled_code, target, daily=false) -%}
    {%- call statement('main') -%}
        {{ spark_staged_view(target) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}


{#- Rows of one day come together in one task, so that a day is one file; `lake_day` names its
    folder, and the day's own column stays in the file. -#}
{% macro spark_stage(sql, relation, daily) -%}
    {%- set table = relation.identifier -%}
    {%- set types = fromjson(lake_ask('spark_types', table)) -%}
    {%- do spark_assert_contract(sql, types) -%}
    {%- do run_query(
        'create table ' ~ spark_staged_table(table) ~ " using parquet options (compression 'zstd')"
        ~ (' partitioned by (lake_day)' if daily else '')
        ~ " location '" ~ lake_ask('spark_folder', table) | replace("'", "\\'") ~ "'"
        ~ ' as select ' ~ ('' if daily else '/*+ repartition(1) */ ') ~ spark_typed_columns(types) | join(', ')
        ~ (', day as lake_day' if daily else '') ~ ' from (' ~ sql ~ ')'
        ~ (' distribute by day' if daily else '')
    ) -%}
{%- endmacro %}


{% macro spark_staged_table(table) -%} default.{{ table }}__staged {%- endmacro %}


{#- Staged days over the published ones that stay, which the session registered as `<table>__before`. -#}
{% macro spark_staged_view(relation) -%}
    {%- set names = model.columns.keys() | join(', ') -%}
    create or replace global temporary view {{ relation.identifier }} as
    select {{ names }} from {{ relation.identifier }}__before
    union all
    select {{ names }} from {{ spark_staged_table(relation.identifier) }}
{%- endmacro %}


{#- Types are the contract's, as Spark names them. -#}
{% macro spark_typed_columns(types) -%}
    {%- set columns = [] -%}
    {%- for name, type in types.items() -%}
        {%- do columns.append('cast(' ~ name ~ ' as ' ~ type ~ ') as ' ~ name) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- dbt's own check compares type names of the two engines; this one compares what Spark derives for
    the query with the contract's columns, in names and types. -#}
{% macro spark_assert_contract(sql, types) -%}
    {%- if config.get('contract').enforced -%}
        {%- set found = {} -%}
        {%- for row in run_query('describe query ' ~ sql).rows -%}
            {%- do found.update({row[0]: row[1]}) -%}
        {%- endfor -%}
        {%- set wrong = [] -%}
        {%- for name in (types.keys() | list + found.keys() | list) | unique if found.get(name) != types.get(name) -%}
            {%- do wrong.append(
                name ~ ' is ' ~ found.get(name, 'missing') ~ ', not ' ~ types.get(name, 'there')
            ) -%}
        {%- endfor -%}
        {%- if wrong -%}
            {{ exceptions.raise_compiler_error(
                model.name ~ ' breaks its contract on Spark: ' ~ wrong | join('; ')
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Views of a run live in its session alone. -#}
{% macro spark__create_view_as(relation, sql) -%}
    create or replace global temporary view {{ relation.identifier }} as {{ sql }}
{%- endmacro %}

{#- The schema of global temporary views is Spark's own: it is always there. -#}
{% macro spark__create_schema(relation) -%} {%- endmacro %}
