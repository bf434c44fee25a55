"""The trail: chains of records by writer, the personal values that they commit to, and the tree over all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    records()
    tree()
    op.create_table(
        "audit_hold",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(200), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("lifted_by", sa.String(200)),
        sa.Column("lifted_at", sa.String(27)),
    )


def records() -> None:
    op.create_table(
        "audit_writer",
        sa.Column("writer", sa.String(80), primary_key=True),
        sa.Column("began_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27)),
        sa.Column("sequenced", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_record",
        sa.Column("writer", sa.String(80), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("employee", sa.String(64)),
        sa.Column("ticket", sa.String(64)),
        sa.Column("operation", sa.String(64)),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_record_employee", "audit_record", ["employee", "at"])
    op.create_index("audit_record_operator", "audit_record", ["operator", "at"])
    op.create_index("audit_record_operation", "audit_record", ["operation"])
    op.create_index("audit_record_at", "audit_record", ["at"])
    op.create_table(
        "audit_protected",
        sa.Column("writer", sa.String(80), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("path", sa.String(200), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )


def tree() -> None:
    op.create_table(
        "audit_range",
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("writer", sa.String(80), nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("audit_range_writer", "audit_range", ["writer", "first_seq"], unique=True)
    op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("heads", sa.JSON, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_published",
        sa.Column("anchor", sa.String(200), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )


def downgrade() -> None:
    for table in ("hold", "lease", "published", "checkpoint", "tile", "range", "protected", "record", "writer"):
        op.drop_table(f"audit_{table}")
