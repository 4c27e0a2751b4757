{#- Times: what differs between engines. -#}

{% macro epoch_us(expression) -%}
    {{ return(adapter.dispatch('epoch_us', 'stevo')(expression)) }}
{%- endmacro %}

{% macro duckdb__epoch_us(expression) -%} epoch_us({{ expression }}) {%- endmacro %}

{#- The session's zone is UTC, so a wall clock without zone is cast as it reads. -#}
{% macro spark__epoch_us(expression) -%} unix_micros(cast({{ expression }} as timestamp)) {%- endmacro %}

{#- Seconds between two instants, as a double. -#}
{% macro seconds_between(earlier, later) -%}
    (({{ epoch_us(later) }} - {{ epoch_us(earlier) }}) / 1e6)
{%- endmacro %}

{#- Wall clock of an instant in a zone, as a timestamp without zone. -#}
{% macro wall_clock(instant, zone) -%}
    {{ return(adapter.dispatch('wall_clock', 'stevo')(instant, zone)) }}
{%- endmacro %}

{% macro duckdb__wall_clock(instant, zone) -%} timezone({{ zone }}, {{ instant }}) {%- endmacro %}

{% macro spark__wall_clock(instant, zone) -%}
    convert_timezone('UTC', {{ zone }}, cast({{ instant }} as timestamp_ntz))
{%- endmacro %}

{#- Whole minutes of the clock from one wall clock to another. -#}
{% macro minutes_between(earlier, later) -%}
    {{ return(adapter.dispatch('minutes_between', 'stevo')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__minutes_between(earlier, later) -%}
    date_diff('minute', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__minutes_between(earlier, later) -%}
    (floor({{ epoch_us(later) }} / 6e7) - floor({{ epoch_us(earlier) }} / 6e7))
{%- endmacro %}

{#- Days from one date to another. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'stevo')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%} date_diff('day', {{ earlier }}, {{ later }}) {%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    cast(datediff({{ later }}, {{ earlier }}) as bigint)
{%- endmacro %}

{#- Weekday of a date or wall clock, 1 for Monday to 7. -#}
{% macro iso_weekday(expression) -%}
    {{ return(adapter.dispatch('iso_weekday', 'stevo')(expression)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(expression) -%} extract('isodow' from {{ expression }}) {%- endmacro %}

{% macro spark__iso_weekday(expression) -%} (weekday({{ expression }}) + 1) {%- endmacro %}

{#- UTC day of an instant. -#}
{% macro utc_day(instant) -%}
    {{ return(adapter.dispatch('utc_day', 'stevo')(instant)) }}
{%- endmacro %}

{% macro duckdb__utc_day(instant) -%} cast(timezone('UTC', {{ instant }}) as date) {%- endmacro %}

{% macro spark__utc_day(instant) -%} cast({{ instant }} as date) {%- endmacro %}

{#- First instant of a UTC day. -#}
{% macro utc_midnight(day) -%}
    {{ return(adapter.dispatch('utc_midnight', 'stevo')(day)) }}
{%- endmacro %}

{% macro duckdb__utc_midnight(day) -%} timezone('UTC', cast({{ day }} as timestamp)) {%- endmacro %}

{% macro spark__utc_midnight(day) -%} cast({{ day }} as timestamp) {%- endmacro %}

{#- One row a day of the step, as column `day`. -#}
{% macro days_of_step() -%}
    {{ return(adapter.dispatch('days_of_step', 'stevo')()) }}
{%- endmacro %}

{% macro duckdb__days_of_step() -%}
    select cast(unnest(generate_series({{ step_from() }}, {{ step_to() }}, interval 1 day)) as date)
        as day
{%- endmacro %}

{% macro spark__days_of_step() -%}
    select explode(sequence({{ step_from() }}, {{ step_to() }}, interval 1 day)) as day
{%- endmacro %}

{#- Seconds an instant may be off: an instant on the full minute, hour or day may come from a
    source that knows no more. -#}
{% macro precision_seconds(instant) -%}
    case
        when {{ epoch_us(instant) }} % 86400000000 = 0 then 86400
        when {{ epoch_us(instant) }} % 3600000000 = 0 then 3600
        when {{ epoch_us(instant) }} % 60000000 = 0 then 60
        else 1
    end
{%- endmacro %}
