{#- What a materialisation asks of the run's session with the lake, which Python opened before dbt
    began: DuckDB calls the session's functions; Spark, whose functions run in other processes, reads
    the session's answers from a table. -#}

{% macro lake_ask(question, table) -%}
    {%- set found = run_query(lake_question(question, table)) -%}
    {{ return(found.columns[0].values()[0]) }}
{%- endmacro %}

{% macro lake_question(question, table) -%}
    {{ return(adapter.dispatch('lake_question', 'stevo')(question, table)) }}
{%- endmacro %}

{% macro duckdb__lake_question(question, table) -%} select stevo_{{ question }}('{{ table }}') {%- endmacro %}

{% macro spark__lake_question(question, table) -%}
    select {{ question }} from stevo_session where table_name = '{{ table }}'
{%- endmacro %}
