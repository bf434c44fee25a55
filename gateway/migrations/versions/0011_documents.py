"""Registered documents, and what callers have spent."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "trusted_document",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("passport", sa.JSON, nullable=False),
        sa.Column("passport_hash", sa.String(64), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("ceiling", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("proposed_by", sa.String(200), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", moment),
        sa.Column("retired_by", sa.String(200)),
        sa.Column("retired_at", moment),
    )
    op.create_index("trusted_document_at", "trusted_document", ["proposed_at"])
    op.create_table(
        "demand_spent",
        sa.Column("login", sa.String(200), primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True),
        sa.Column("points", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("demand_spent")
    op.drop_index("trusted_document_at", "trusted_document")
    op.drop_table("trusted_document")
