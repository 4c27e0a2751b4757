{#- Structs, stars and ordered picks: the same thing under another name on each engine. -#}

{#- A struct of named expressions; structs compare field by field, in this order. -#}
{% macro struct_of(fields) -%}
    {{ return(adapter.dispatch('struct_of', 'stevo')(fields)) }}
{%- endmacro %}

{% macro duckdb__struct_of(fields) -%}
    struct_pack(
    {%- for name, expression in fields.items() -%}
        {{ name }} := {{ expression }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
    )
{%- endmacro %}

{% macro spark__struct_of(fields) -%}
    named_struct(
    {%- for name, expression in fields.items() -%}
        '{{ name }}', {{ expression }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
    )
{%- endmacro %}

{#- Every column but the named ones; stands after a star. -#}
{% macro but(columns) -%}
    {{ return(adapter.dispatch('but', 'stevo')(columns)) }}
{%- endmacro %}

{% macro duckdb__but(columns) -%} exclude ({{ columns | join(', ') }}) {%- endmacro %}

{% macro spark__but(columns) -%} except ({{ columns | join(', ') }}) {%- endmacro %}

{#- Value of the group's first row in an order of ascending keys, which must be total; nulls among
    the values count. Write a negative number for a descending key. -#}
{% macro first_by(value, keys) -%}
    {{ return(adapter.dispatch('first_by', 'stevo')(value, keys)) }}
{%- endmacro %}

{% macro duckdb__first_by(value, keys) -%} first({{ value }} order by {{ keys | join(', ') }}) {%- endmacro %}

{% macro spark__first_by(value, keys) -%} min_by({{ value }}, struct({{ keys | join(', ') }})) {%- endmacro %}

{#- As `first_by`, of the last row. -#}
{% macro last_by(value, keys) -%}
    {{ return(adapter.dispatch('last_by', 'stevo')(value, keys)) }}
{%- endmacro %}

{% macro duckdb__last_by(value, keys) -%} last({{ value }} order by {{ keys | join(', ') }}) {%- endmacro %}

{% macro spark__last_by(value, keys) -%} max_by({{ value }}, struct({{ keys | join(', ') }})) {%- endmacro %}

{#- Whether a double is neither NaN nor infinite; null stays null. -#}
{% macro is_finite(expression) -%}
    {{ return(adapter.dispatch('is_finite', 'stevo')(expression)) }}
{%- endmacro %}

{% macro duckdb__is_finite(expression) -%} isfinite({{ expression }}) {%- endmacro %}

{#- Spark sorts NaN above infinity, so one comparison refuses both. -#}
{% macro spark__is_finite(expression) -%} abs({{ expression }}) < double('Infinity') {%- endmacro %}
