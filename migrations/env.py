"""How Alembic runs here: over psycopg, one process at a time, each revision in its own transaction."""

from alembic import context
from sqlalchemy import create_engine, pool, text

LOCK = text("SELECT pg_advisory_lock(hashtext('atlas.migrate'))")
UNLOCK = text("SELECT pg_advisory_unlock(hashtext('atlas.migrate'))")

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(LOCK)
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS pipeline"))
    connection.commit()
    try:
        context.configure(
            connection=connection, version_table_schema="pipeline", transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(UNLOCK)
        connection.commit()
