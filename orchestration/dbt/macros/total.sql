{# A sum of amounts, exact again: not every engine sums exact numbers exactly. #}
{% macro total(amount) -%}
    cast(sum({{ amount }}) as {{ money() }})
{%- endmacro %}
