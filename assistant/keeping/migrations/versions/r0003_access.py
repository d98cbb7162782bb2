"""Who may come in: users, their sessions and tokens, failed logins; and what a remote model has cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("subject", sa.String(500), unique=True),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
    )
    for name, more in (("sessions", ()), ("tokens", (sa.Column("label", sa.String(200), nullable=False),))):
        made = (sa.Column("created", MOMENT, nullable=False),) if more else ()
        op.create_table(
            name,
            sa.Column("id", sa.String(64), primary_key=True),
            sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
            *more,
            *made,
            sa.Column("expires", MOMENT, nullable=False),
        )
        op.create_index(f"{name}_by_user", name, ["user_id"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("attempts_by_key", "attempts", ["key", "at"])
    op.create_table(
        "spending",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("millionths", sa.BigInteger, nullable=False),
    )
