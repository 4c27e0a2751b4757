{#- Measures that do not depend on the order in which rows are added up: doubles are added as
    decimals, so every thread count and every order of backfills gives the same bits. -#}

{% macro exact_sum(expression, scale=6) -%}
    cast(sum(cast({{ expression }} as decimal(28, {{ scale }}))) as double)
{%- endmacro %}

{% macro exact_avg(expression, scale=6) -%}
    {{ exact_sum(expression, scale) }} / count({{ expression }})
{%- endmacro %}

{#- Mean longitude in degrees, as the direction of the summed unit vectors: points on both sides of
    the 180th meridian have their mean there, and not at Greenwich. -#}
{% macro exact_mean_longitude(longitude) -%}
    degrees(atan2(
        {{ exact_sum('sin(radians(' ~ longitude ~ '))', 12) }},
        {{ exact_sum('cos(radians(' ~ longitude ~ '))', 12) }}
    ))
{%- endmacro %}

{#- Great-circle distance in metres on a sphere of the Earth's mean radius; null where a coordinate
    is. The guard is needed because `least` passes over nulls. -#}
{% macro distance_m(latitude_a, longitude_a, latitude_b, longitude_b) -%}
    case when {{ latitude_a }} + {{ longitude_a }} + {{ latitude_b }} + {{ longitude_b }} is not null
        then 2 * 6371008.8 * asin(sqrt(least(1.0,
            pow(sin(radians({{ latitude_b }} - {{ latitude_a }}) / 2), 2)
            + cos(radians({{ latitude_a }})) * cos(radians({{ latitude_b }}))
            * pow(sin(radians({{ longitude_b }} - {{ longitude_a }}) / 2), 2)
        )))
    end
{%- endmacro %}

{#- Number scaled to 0..1 on a logarithmic axis that ends at `top`; null stays null. -#}
{% macro log_scaled(expression, top) -%}
    case when {{ expression }} is not null
        then ln(1 + least(greatest({{ expression }}, 0), {{ top }})) / ln(1 + {{ top }})
    end
{%- endmacro %}

{#- Counts of events by type, one column a type. -#}
{% macro counts_by_type() -%}
    {%- for type in event_types() %}
    cast(count(*) filter (where event_type = '{{ type }}') as bigint) as n_{{ type }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro event_types() -%}
    {{ return(['click', 'browse', 'search', 'cart', 'purchase', 'review', 'favourite', 'check_in']) }}
{%- endmacro %}
