"""What the certificate authority issued: the login as common name, the address inside, and nothing of the employee."""

from sandbox.company.model import Company
from sources.vault_pki.twin import IssuedRow, VaultPkiTwin


def twin(company: Company) -> VaultPkiTwin:
    """The certificate authority's twin, filled."""
    return VaultPkiTwin(seed(company))


def seed(company: Company) -> tuple[IssuedRow, ...]:
    """All certificates, those revoked and those run out too."""
    return tuple(
        IssuedRow(
            serial=each.serial,
            role=each.purpose.lower(),
            common_name=each.owner_login,
            alt_names=each.email,
            not_before=each.not_before,
            not_after=each.not_after,
            issuer=each.issuer,
            revoked_at=each.revoked_at,
        )
        for each in company.certificates
    )
