"""Where the delivery of the trail stands, and the look for what is suspicious in it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_cursor",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("moved_at", sa.String(27)),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_since", sa.String(27)),
        sa.Column("problem", sa.String(300)),
        sa.Column("next_at", sa.Float, nullable=False),
    )
    op.create_table(
        "audit_detected",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(300), primary_key=True),
        sa.Column("place", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("audit_detected")
    op.drop_table("audit_cursor")
