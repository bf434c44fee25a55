"""Versions of the policy, who runs which, and dated grants."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "policy_version",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("bundle", sa.JSON, nullable=False),
        sa.Column("base", sa.String(64)),
        sa.Column("widening", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", moment),
        sa.Column("shadowed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "policy_approval",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("base", sa.String(64), primary_key=True),
        sa.Column("by", sa.String(200), primary_key=True),
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "policy_generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("grants", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "policy_process",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("wrong", sa.String(500)),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
    )
    op.create_table(
        "shadow_count",
        *(
            sa.Column(name, sa.String(size), primary_key=True)
            for name, size in (
                ("hash", 64),
                ("base", 64),
                ("team", 64),
                ("domain", 64),
                ("sensitivity", 20),
                ("live", 10),
                ("would", 10),
            )
        ),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "rights_grant",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("regions", sa.JSON, nullable=False),
        sa.Column("clearance", sa.JSON, nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("ticket", sa.String(100)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("approved_by", sa.String(200)),
        sa.Column("ended_at", moment),
        sa.Column("ended_by", sa.String(200)),
        sa.Column("reviewed_by", sa.String(200)),
        sa.Column("reviewed_at", moment),
        sa.Column("review_note", sa.String(1000)),
        sa.Column("alerted_at", moment),
    )
    op.create_index("rights_grant_login", "rights_grant", ["login"])
    op.create_index("rights_grant_until", "rights_grant", ["until"])


def downgrade() -> None:
    for table in (
        "rights_grant",
        "shadow_count",
        "policy_process",
        "policy_generation",
        "policy_approval",
        "policy_version",
    ):
        op.drop_table(table)
