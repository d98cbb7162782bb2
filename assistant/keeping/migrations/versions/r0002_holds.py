"""Legal holds, and deletions that still have to be wiped from the files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "holds",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
    )
    op.create_table(
        "wipes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
    )
