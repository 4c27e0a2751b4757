{#- Data tests see the run's own days: those are what it may publish. `meta: {whole_table: true}`
    on a test lets it see every day. -#}

{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}
        {%- do conditions.append(config.get('where')) -%}
    {%- endif -%}
    {%- if execute and not (config.get('meta') or {}).get('whole_table') -%}
        {%- do conditions.append(lake_own_days(relation.identifier)) -%}
    {%- endif -%}
    {%- set conditions = conditions | select | list -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}


{#- Condition for the run's own days of a daily table; empty for any other. -#}
{% macro lake_own_days(table) -%}
    {{ return(lake_ask('own_days', table)) }}
{%- endmacro %}


{#- Rows for which an expression is false or unknown. -#}
{% test expression_holds(model, expression, column_name=none) %}
select *
from {{ model }}
where ({{ expression }}) is not true
{% endtest %}


{#- Doubles that are neither null-safe nor finite: NaN and infinities never leave a model. -#}
{% test finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is not null and not {{ is_finite(column_name) }}
{% endtest %}


{#- Columns that together name a row. -#}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
