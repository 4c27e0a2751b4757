{#- H3 cells: a cell of resolution 9 comes from the engine's vectorised function, once, in the
    clean layer; parents are a truncation of its bits: the resolution's digit is the second of the
    hex text, and digits of finer resolutions are filled with ones. -#}

{% macro h3_parent(cell, resolution) -%}
    {{ return(adapter.dispatch('h3_parent', 'stevo')(cell, resolution)) }}
{%- endmacro %}

{% macro duckdb__h3_parent(cell, resolution) -%}
    '8{{ resolution }}' || lpad(format('{:x}', cast('0x' || substr({{ cell }}, 3) as ubigint)
        | {{ ((8 ** (9 - resolution)) - 1) * 262144 }}::ubigint), 13, '0')
{%- endmacro %}

{% macro spark__h3_parent(cell, resolution) -%}
    '8{{ resolution }}' || lpad(lower(hex(cast(conv(substr({{ cell }}, 3), 16, 10) as bigint)
        | {{ ((8 ** (9 - resolution)) - 1) * 262144 }})), 13, '0')
{%- endmacro %}

{#- Hash of a row's content that tells two rows of one user and instant apart. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'stevo')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{#- Spark's own hash functions pass over nulls, so ('a', null) and (null, 'a') would be the same. -#}
{% macro spark__row_hash(columns) -%} md5(to_json(struct({{ columns | join(', ') }}))) {%- endmacro %}
