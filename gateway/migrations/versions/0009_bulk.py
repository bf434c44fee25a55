"""One operation for many employees."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "operation_bulk",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("caller", sa.String(200), nullable=False),
        sa.Column("team", sa.String(64)),
        sa.Column("viewer", sa.JSON, nullable=False),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000)),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", moment),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("trace", sa.String(64)),
        sa.UniqueConstraint("caller", "key", name="operation_bulk_caller_key"),
    )
    op.create_index("operation_bulk_state", "operation_bulk", ["state", "lease_until"])
    op.create_index("operation_bulk_created", "operation_bulk", ["created_at"])
    op.create_table(
        "operation_bulk_item",
        sa.Column("bulk", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("ticket", sa.String(64)),
        sa.Column("plan_hash", sa.String(64)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run", sa.String(40)),
        sa.Column("problem", sa.JSON),
    )


def downgrade() -> None:
    op.drop_table("operation_bulk_item")
    op.drop_table("operation_bulk")
