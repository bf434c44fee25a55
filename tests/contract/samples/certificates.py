"""Samples of the port's writes: a new certificate, and one that is still good."""

from typing import Any

import pytest

from sources.ports.call import utc_now
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample, asked


async def issue_certificate(source: Source) -> Sample:
    owner = employees(source.company)[0]

    def shows(after: Any) -> bool:
        return after is not None and after.owner_login == owner.login and after.purpose == "VPN"

    return Sample((owner, "VPN", 30), shows, again="twice")


async def revoke_certificate(source: Source) -> Sample:
    answers = await asked(source, "certificates", "certificates_of", employees(source.company))
    good = (each for answer in answers for each in answer if each.status_at(utc_now()) == "VALID")
    found = next(good, None)
    if found is None:
        pytest.fail("the company has no certificate that is good now")
    return Sample((found.serial,), lambda after: after.revoked_at is not None)


SAMPLES = {"issue_certificate": issue_certificate, "revoke_certificate": revoke_certificate}
