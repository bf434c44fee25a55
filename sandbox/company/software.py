"""Programs on computers, seats of licensed products, and the jobs that put programs there."""

from datetime import timedelta

from sandbox.company.cast import Cast, ago
from sandbox.company.model import (
    Device,
    InstalledSoftware,
    JobAction,
    JobState,
    Licence,
    Platform,
    SoftwareJob,
    SoftwareProduct,
)

_DESKTOPS: tuple[Platform, ...] = ("WINDOWS", "MACOS", "LINUX")
_CATALOGUE = """
Osprey Browser|Perch Labs|131.2|free
Quill Office|Inkwell|24.8|paid
Courier Mail|Inkwell|24.8|free
Huddle Meetings|Roundtable|6.3.1|free
Okno VPN Client|Okno Group|3.4.0|free
Bastion Antivirus|Bastion|9.12|free
Packsmith|Stitch|23.1|free
Inventory Agent|Okno Group|2.9|free
Folio Reader|Papermill|15.0|free
Forge IDE|Anvil Tools|2024.3|paid
Ledger Desktop|Abacus|12.2|paid
Atelier Suite|Easel|26.0|paid
Draftline CAD|Plumb|19.4|paid
Prism BI|Facet|8.1|paid
Chronicle Notes|Inkwell|4.5|free
Signet Signer|Okno Group|1.8|paid
Tessera Passwords|Tessera|7.0|free
Harbour Containers|Quayside|4.35|paid
Switchboard Softphone|Roundtable|11.6|free
Remote Hand|Okno Group|5.2|free
"""
_ON_EVERY = 7  # the first products of the catalogue are on nearly every computer
_FAILURES = ("exit code 1603", "not enough disk space", "host did not answer", "package checksum differs")


def _catalogue() -> tuple[SoftwareProduct, ...]:
    rows = (line.split("|") for line in _CATALOGUE.strip().splitlines())
    return tuple(
        SoftwareProduct(name, maker, version, terms == "paid", _DESKTOPS) for name, maker, version, terms in rows
    )


PRODUCTS: tuple[SoftwareProduct, ...] = _catalogue()
_LICENSED = tuple(product for product in PRODUCTS if product.licensed)


def build_installed(cast: Cast, devices: tuple[Device, ...]) -> tuple[InstalledSoftware, ...]:
    """What is on every computer in somebody's hands, by host and name."""
    rng, now, found = cast.stream("installed_software"), cast.now, []
    optional = PRODUCTS[_ON_EVERY:]
    for device in devices:
        if not device.hostname or not device.owner_id:
            continue
        chosen = [product for product in PRODUCTS[:_ON_EVERY] if rng.random() < 0.96]
        chosen += rng.sample(optional, rng.randint(1, 4))
        held = 1.0 if device.assigned_at is None else (now - device.assigned_at).total_seconds() / 86400
        for product in sorted(chosen or PRODUCTS[:1], key=lambda product: product.name):
            version = product.version if rng.random() < 0.8 else _older(product.version)
            found.append(
                InstalledSoftware(device.hostname, product.name, version, product.publisher, ago(now, rng, held))
            )
    return tuple(sorted(found, key=lambda record: (record.hostname, record.name)))


def build_licences(cast: Cast) -> tuple[Licence, ...]:
    """Seats by key: everybody writes, some draw, count or program."""
    rng, now = cast.stream("licences"), cast.now
    seats = []
    for person in cast.working:
        products = [_LICENSED[0]] if cast.is_demo(person) or rng.random() < 0.9 else []
        if person is cast.showcase:
            products += _LICENSED[1:3]
        elif rng.random() < 0.25:
            products.append(rng.choice(_LICENSED[1:]))
        for product in products:
            granted = ago(now, rng, min(600, cast.served(person)))
            seats.append((product.name, person.login, granted, now + timedelta(days=rng.randint(2, 400))))
    return tuple(
        Licence(
            seat_key=f"SEAT-{number:06d}",
            product=product,
            owner_login=login,
            granted_at=granted,
            expires_at=None if product == _LICENSED[0].name else until,
        )
        for number, (product, login, granted, until) in enumerate(seats, start=1)
    )


def build_jobs(cast: Cast, devices: tuple[Device, ...]) -> tuple[SoftwareJob, ...]:
    """Jobs by id, oldest first; every demo person's computer has seen one, the showcase's three."""
    rng, now = cast.stream("software_jobs"), cast.now
    drafts = []
    for device in devices:
        if not device.hostname or not device.owner_id:
            continue
        showcase = device.owner_id == cast.showcase.employee_id
        times = 3 if showcase else max(device.owner_id in cast.demo_ids, rng.choices((0, 1, 2), (55, 35, 10))[0])
        for turn in range(times):
            state: JobState = rng.choices(("SUCCEEDED", "FAILED", "RUNNING"), (88, 10, 2))[0]
            if showcase:
                state = ("SUCCEEDED", "FAILED", "RUNNING")[turn]
            begun = ago(now, rng, 0.1) if state == "RUNNING" else ago(now, rng, 200, least=0.2)
            drafts.append((begun, device.hostname, state))
    drafts.sort()
    jobs = []
    for number, (begun, hostname, state) in enumerate(drafts):
        product = rng.choice(PRODUCTS)
        action: JobAction = "INSTALL" if rng.random() < 0.8 else "REMOVE"
        jobs.append(
            SoftwareJob(
                id=f"{begun:%Y%m%d%H%M%S}{number:06d}",
                hostname=hostname,
                action=action,
                product=product.name,
                version=product.version,
                state=state,
                requested_by_login="software",
                started_at=begun,
                finished_at=None if state == "RUNNING" else begun + timedelta(seconds=rng.randint(20, 900)),
                message={"SUCCEEDED": "done", "RUNNING": "in progress", "FAILED": rng.choice(_FAILURES)}[state],
            )
        )
    return tuple(jobs)


def _older(version: str) -> str:
    major, dot, rest = version.partition(".")
    return f"{int(major) - 1}{dot}{rest}"
