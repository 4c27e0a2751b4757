{#- Rows in which any of the columns is NaN or infinite; null passes. -#}
{% test all_finite(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where
    {% for column in columns -%}
    not coalesce({{ is_finite(column) }}, true){% if not loop.last %} or {% endif %}
    {% endfor %}
{% endtest %}
