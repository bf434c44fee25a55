"""Cases, messages to people and tickets, and values that were revealed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "operation_case",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("sign_in", sa.String(200), nullable=False),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment),
    )
    op.create_index("operation_case_whose", "operation_case", ["operator", "sign_in", "closed_at"])
    op.create_table(
        "operation_message",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(12), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("problem", sa.String(200)),
    )
    op.create_index("operation_message_due", "operation_message", ["state", "next_at"])
    op.create_index("operation_message_recipient", "operation_message", ["recipient", "created_at"])
    op.create_table(
        "operation_followed",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("phase", sa.String(8), primary_key=True),
    )
    op.create_table(
        "operation_reveal",
        sa.Column("operator", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_index("operation_run_ended", "operation_run", ["ended_at"])


def downgrade() -> None:
    op.drop_index("operation_run_ended", "operation_run")
    for name in ("operation_reveal", "operation_followed", "operation_message", "operation_case"):
        op.drop_table(name)
