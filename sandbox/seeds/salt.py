"""The company's computers, their packages, jobs and licences, as Salt and the site's registers keep them."""

from collections import defaultdict
from datetime import datetime
from typing import Final, Literal

from sandbox.company.model import Company, Platform, SoftwareJob
from sources.salt.rows import LicenceSeat, SaltJob, SaltMinion, SaltPackage, SaltSeed
from sources.salt.twin import SaltTwin

_FAMILIES: Final[dict[Platform, Literal["rpm", "windows", "macos"]]] = {
    "LINUX": "rpm",
    "WINDOWS": "windows",
    "MACOS": "macos",
}


def twin(company: Company) -> SaltTwin:
    """The software distribution's twin, filled."""
    return SaltTwin(seed(company))


def seed(company: Company) -> SaltSeed:
    """Computers with programs are minions, named by host and domain; a lost one does not answer. Licences are by login."""
    suffix = f".corp.{company.mail_domain}"
    packages: dict[str, dict[str, SaltPackage]] = defaultdict(dict)
    for each in company.installed_software:
        installed = int(each.installed_at.timestamp())
        packages[each.hostname][each.name] = SaltPackage(each.version, each.publisher, installed)
    managed = {each.hostname: each for each in company.device_management if each.hostname}
    lost = {device.hostname for device in company.devices if device.status == "LOST"}
    minions = []
    for hostname, programs in packages.items():
        state = managed.get(hostname)
        family = _FAMILIES.get(state.platform, "windows") if state else "windows"
        minions.append(SaltMinion(hostname.casefold() + suffix, family, programs, online=hostname not in lost))
    return SaltSeed(
        minions=minions,
        jobs=[_job(job, suffix) for job in company.software_jobs],
        seats=[
            LicenceSeat(
                seat.seat_key,
                seat.product,
                seat.owner_login.casefold(),
                seat.granted_at.isoformat(timespec="seconds"),
                seat.expires_at.isoformat(timespec="seconds") if seat.expires_at else None,
            )
            for seat in company.licences
        ],
        catalogue={product.name: (product.version, product.publisher) for product in company.software_products},
        suffix=suffix,
    )


def _job(job: SoftwareJob, suffix: str) -> SaltJob:
    done = None if job.finished_at is None else job.state == "SUCCEEDED"
    return SaltJob(
        jid=job.id,
        minion=job.hostname.casefold() + suffix,
        fun="pkg.install" if job.action == "INSTALL" else "pkg.remove",
        arg=[job.product],
        user=job.requested_by_login,
        end_time=None if job.finished_at is None else _salt_time(job.finished_at),
        success=done,
        returned={job.product: {"old": "", "new": job.version}} if done else job.message,
    )


def _salt_time(at: datetime) -> str:
    return at.strftime("%Y, %b %d %H:%M:%S.%f")
