"""The trail: records by writer, and the personal values that they commit to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        sa.Column("operation", sa.String(64)),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("place", sa.BigInteger),
    )
    op.create_index("audit_record_place", "audit_record", ["place"], unique=True)
    op.create_index("audit_record_employee", "audit_record", ["employee", "at"])
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
    op.create_table(
        "audit_tree",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("roots", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("anchored_at", sa.String(27)),
    )
    op.create_table(
        "audit_hold",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("employee", sa.String(64)),
        sa.Column("operation", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("lifted_by", sa.String(200)),
        sa.Column("lifted_at", sa.String(27)),
    )
    op.execute("INSERT INTO audit_tree (id, size, roots) VALUES (1, 0, '[]')")
