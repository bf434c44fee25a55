"""Tokens of services, sessions, and the last-known groups of people."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MORE = ("id", "scopes", "by", "used_at", "revoked_at", "revoked_by")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("token") as token:
        token.add_column(sa.Column("id", sa.String(32)))
        token.add_column(sa.Column("scopes", sa.JSON))
        token.add_column(sa.Column("by", sa.String(200)))
        token.add_column(sa.Column("used_at", moment))
        token.add_column(sa.Column("revoked_at", moment))
        token.add_column(sa.Column("revoked_by", sa.String(200)))
        token.create_index("token_id", ["id"], unique=True)
    op.create_table(
        "session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("groups", sa.JSON),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("idle_until", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("address", sa.String(64)),
        sa.Column("agent", sa.String(120)),
        sa.Column("active_team", sa.String(64)),
        sa.Column("country", sa.String(2)),
    )
    op.create_index("session_login", "session", ["login"])
    op.create_index("session_id", "session", ["id"], unique=True)
    op.create_index("session_expires", "session", ["expires_at"])
    op.create_table(
        "known_groups",
        sa.Column("login", sa.String(200), primary_key=True),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("as_of", moment, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("known_groups")
    op.drop_table("session")
    with op.batch_alter_table("token") as token:
        token.drop_index("token_id")
        for name in reversed(_MORE):
            token.drop_column(name)
