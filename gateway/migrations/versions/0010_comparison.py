"""What we claim to have done, held against what the systems show."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "operation_comparison",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("since", moment, nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("unasked", sa.JSON, nullable=False),
    )
    op.create_table(
        "operation_orphan",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("object", sa.String(400), nullable=False),
        sa.Column("run", sa.String(40)),
        sa.Column("step", sa.String(64)),
        sa.Column("moment", moment),
        sa.Column("found_at", moment, nullable=False),
        sa.Column("settled_at", moment),
    )
    op.create_index("operation_orphan_open", "operation_orphan", ["kind", "settled_at"])
    op.create_index("operation_run_changed", "operation_run", ["changed_at"])


def downgrade() -> None:
    op.drop_index("operation_run_changed", "operation_run")
    op.drop_table("operation_orphan")
    op.drop_table("operation_comparison")
