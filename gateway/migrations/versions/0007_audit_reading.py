"""What reading the trail needs: records of one code, or for one ticket, without looking through all of them."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("audit_record_code", "audit_record", ["code", "at"])
    op.create_index("audit_record_ticket", "audit_record", ["ticket", "at"])


def downgrade() -> None:
    op.drop_index("audit_record_ticket", "audit_record")
    op.drop_index("audit_record_code", "audit_record")
