{# Amounts are exact, in whatever a database calls it. #}
{% macro money() -%}
    {{ return(adapter.dispatch('money')()) }}
{%- endmacro %}

{% macro default__money() -%}
    numeric(14, 2)
{%- endmacro %}

{% macro snowflake__money() -%}
    number(14, 2)
{%- endmacro %}
