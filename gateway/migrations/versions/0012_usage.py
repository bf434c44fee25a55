"""Who uses what of the schema, and what was asked for and not shown."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage_fields",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("client", sa.String(60), primary_key=True),
        sa.Column("place", sa.String(200), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_index("usage_fields_place", "usage_fields", ["place", "day"])
    op.create_table(
        "usage_documents",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("client", sa.String(60), primary_key=True),
        sa.Column("document", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_index("usage_documents_document", "usage_documents", ["document", "day"])
    op.create_table(
        "usage_places",
        sa.Column("document", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("place", sa.String(200), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
    )
    op.create_index("usage_places_place", "usage_places", ["place"])
    op.create_table(
        "usage_withheld",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("team", sa.String(64), primary_key=True),
        sa.Column("field", sa.String(200), primary_key=True),
        sa.Column("code", sa.String(24), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("usage_withheld", "usage_places", "usage_documents", "usage_fields"):
        op.drop_table(table)
