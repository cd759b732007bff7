"""Procrastinate's tables in a schema of their own, its functions bound to that schema.

The functions name their tables without a schema: called over a connection with another
search_path they would not find them, so each gets the path it needs.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"

BIND_FUNCTIONS = """
DO $$
DECLARE f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'jobs'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path TO jobs, pg_temp', f);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA jobs TO atlas_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO atlas_app;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    driver = op.get_bind().connection.driver_connection
    driver.execute("CREATE SCHEMA jobs; SET LOCAL search_path TO jobs;")
    driver.execute(SchemaManager.get_schema())
    driver.execute(BIND_FUNCTIONS)
    driver.execute("SET LOCAL search_path TO DEFAULT")
