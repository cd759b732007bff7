{# Let those read what was made who read what Atlas publishes, where there is such a role. On Snowflake that is for its own
   grants to say. #}
{% macro open_to_readers(schemas) -%}
    {{ return(adapter.dispatch('open_to_readers')(schemas)) }}
{%- endmacro %}

{% macro default__open_to_readers(schemas) -%}
    select 1
{%- endmacro %}

{% macro postgres__open_to_readers(schemas) -%}
    {% set reader = var('reader_role', 'atlas_reader') %}
    do $$
    begin
        if exists (select from pg_roles where rolname = '{{ reader }}') then
        {% for schema in schemas %}
            grant usage on schema {{ adapter.quote(schema) }} to {{ adapter.quote(reader) }};
            grant select on all tables in schema {{ adapter.quote(schema) }} to {{ adapter.quote(reader) }};
        {% else %}
            null;
        {% endfor %}
        end if;
    end $$
{%- endmacro %}
