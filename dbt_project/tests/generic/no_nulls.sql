{#- Rows in which any of the columns is null: one scan for all of them. -#}
{% test no_nulls(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
