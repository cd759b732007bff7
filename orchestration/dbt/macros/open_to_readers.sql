{# Let those read what was made who read what Atlas publishes. On Snowflake that is for its own grants to say. #}
{% macro open_to_readers(schemas) -%}
    {{ return(adapter.dispatch('open_to_readers')(schemas)) }}
{%- endmacro %}

{% macro default__open_to_readers(schemas) -%}
    select 1
{%- endmacro %}

{% macro postgres__open_to_readers(schemas) -%}
    {% for schema in schemas %}
    grant usage on schema {{ adapter.quote(schema) }} to {{ var('reader_role', 'atlas_reader') }};
    grant select on all tables in schema {{ adapter.quote(schema) }} to {{ var('reader_role', 'atlas_reader') }};
    {% else %}
    select 1
    {% endfor %}
{%- endmacro %}
