"""States that follow from a record's own dates."""

from typing import Any

from resolvers.asking import Asking
from resolvers.computed.registry import computes
from sources.ports.accounts import Account
from sources.ports.badges import Badge
from sources.ports.certificates import Certificate
from sources.ports.hr import Absence, DepartmentStep, Employment


@computes("Certificate.status")
def certificate_status(certificate: Certificate, asking: Asking, _info: Any) -> str:
    """Whether a certificate is good now."""
    return certificate.status_at(asking.now)


@computes("Badge.status")
def badge_status(badge: Badge, asking: Asking, _info: Any) -> str:
    """Whether a badge opens doors now."""
    return badge.status_at(asking.now)


@computes("Account.locked")
def account_locked(account: Account, _asking: Asking, _info: Any) -> bool:
    """Whether an account is locked now."""
    return account.locked


@computes("Employment.department")
def department(employment: Employment, _asking: Asking, _info: Any) -> DepartmentStep | None:
    """The own department."""
    return employment.department


@computes("Employment.absence")
def absence(employment: Employment, asking: Asking, _info: Any) -> Absence | None:
    """Today's absence."""
    today = asking.now.date()
    return next((each for each in employment.absences if each.starts <= today <= (each.ends or today)), None)
