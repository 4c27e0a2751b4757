{#- The days a model is computed for. A materialisation runs a model in steps of whole days and
    puts the step's bounds where these names stand; unit tests override the two macros. -#}

{% macro step_from() -%} cast('__step_from__' as date) {%- endmacro %}

{% macro step_to() -%} cast('__step_to__' as date) {%- endmacro %}

{#- Days of the step itself, and `back` days before it. -#}
{% macro in_step(column='day', back=0) -%}
    {{ column }} between {{ step_from() }} - {{ back }} and {{ step_to() }}
{%- endmacro %}

{#- Only the days before the step. -#}
{% macro before_step(column='day', back=7) -%}
    {{ column }} between {{ step_from() }} - {{ back }} and {{ step_from() }} - 1
{%- endmacro %}
