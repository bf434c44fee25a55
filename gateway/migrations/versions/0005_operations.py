"""The journal of operations: runs, steps, approvals, freezes, verified callers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "operation_run",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("caller", sa.String(200), nullable=False),
        sa.Column("team", sa.String(64)),
        sa.Column("viewer", sa.JSON, nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("employee_login", sa.String(200), nullable=False),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000)),
        sa.Column("ticket", sa.String(64)),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("parent", sa.String(40)),
        sa.Column("holder", sa.String(200)),
        sa.Column("problem", sa.JSON),
        sa.Column("reveals", sa.Boolean, nullable=False),
        sa.Column("secret_shown_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("expires_at", moment),
        sa.Column("due_at", moment),
        sa.Column("undone_by", sa.String(40)),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", moment),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("trace", sa.String(64)),
        sa.UniqueConstraint("caller", "key", name="operation_run_caller_key"),
    )
    op.create_index("operation_run_state", "operation_run", ["state", "lease_until"])
    op.create_index("operation_run_employee", "operation_run", ["employee_id", "created_at"])
    op.create_index("operation_run_due", "operation_run", ["due_at"])
    op.create_table(
        "operation_step",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("step", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made", sa.String(400)),
        sa.Column("seen", sa.JSON),
        sa.Column("intended_at", moment),
        sa.Column("read_back_at", moment),
        sa.Column("problem", sa.String(400)),
    )
    op.create_table(
        "operation_approval",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("asked_of", sa.String(200)),
        sa.Column("deadline", moment, nullable=False),
        sa.Column("decision", sa.String(12)),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_team", sa.String(64)),
        sa.Column("decided_at", moment),
        sa.Column("note", sa.String(2000)),
    )
    op.create_table(
        "operation_freeze",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("lifted_by", sa.String(200)),
        sa.Column("lifted_at", moment),
    )
    op.create_table(
        "operation_verified_caller",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("note", sa.String(2000)),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("verified_at", moment),
        sa.Column("until", moment, nullable=False),
        sa.Column("witness", sa.String(200)),
    )
    op.create_index("operation_verified_caller_who", "operation_verified_caller", ["employee_id", "operator"])


def downgrade() -> None:
    for name in (
        "operation_verified_caller",
        "operation_freeze",
        "operation_approval",
        "operation_step",
        "operation_run",
    ):
        op.drop_table(name)
