"""The service works as atlas_app, whom row-level security holds to the workspaces of who asks."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    driver = op.get_bind().connection.driver_connection
    driver.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
