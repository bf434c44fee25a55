"""What has to be reached: each source, and the provider that people sign in at."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

from gateway.discovery import connect
from gateway.doctor.examining import Patient, Said, check
from gateway.identity.provider import Provider
from gateway.identity.provider_wire import SignInFailed
from sources.kit.resilience.line import Line
from sources.ports.call import CallContext
from sources.ports.catalogue import ports
from sources.ports.errors import SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.question import Need, questions_of

_PATIENCE: Final = 10.0
_SLOW: Final = 0.5
"""Share of a source's own timeout from which on it is called slow."""
_NOBODY: Final = "okno-doctor"
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"


def _nobody_of(line: Line) -> dict[type, Any]:
    """Nobody and nothing, by kind of key: a source that answers that it knows no such thing is reached, and lets us ask.

    The address is of a domain that the source keeps, where it says which: about others it would not ask anybody.
    """
    domains = [each for each in re.split(r"[;,\s]+", line.source.settings.get("domains", "")) if each]
    email = f"{_NOBODY}@{domains[0] if domains else 'invalid.example'}"
    return {
        str: "0000000",
        EmployeeRef: EmployeeRef("0000000", _NOBODY, email, _NO_ID),
        DeviceRef: DeviceRef(_NOBODY),
    }


@check("sources", needs="installation")
async def sources_answer(patient: Patient) -> AsyncIterator[Said]:
    """Each source is put one small question about nobody."""
    assert patient.installation is not None
    lines = connect(patient.installation.instances)
    try:
        for said in await asyncio.gather(*map(_asked, lines)):
            yield said
    finally:
        for line in lines:
            await line.source.close()


@check("sign-in", needs="installation")
async def provider_answers(patient: Patient) -> AsyncIterator[Said]:
    """What the provider publishes of itself can be read and is usable."""
    assert patient.installation is not None
    login = patient.installation.file.login
    if login.oidc is None:
        if login.sandbox:
            yield Said(
                "warning", "sign-in", "anyone is given a token on this machine (login.sandbox)", "not for real people"
            )
        else:
            yield Said("warning", "sign-in", "nobody can sign in; only programs have tokens", "set login.oidc")
        return
    provider = Provider(login.oidc, None)
    began = time.monotonic()
    try:
        await provider.metadata()
    except SignInFailed as problem:
        yield Said(
            "fault", "sign-in", f"{problem.code}: {problem}", "see login.oidc.issuer, and the way there from here"
        )
    else:
        yield Said("ok", "sign-in", f"{login.oidc.issuer} answers in {(time.monotonic() - began) * 1000:.0f} ms")
    finally:
        await provider.close()


async def _asked(line: Line) -> Said:
    about = f"source {line.source.name}"
    call = CallContext("doctor", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno", fresh=True)
    began = time.monotonic()
    owner = f"{line.manifest.owner.team}, {line.manifest.owner.contact}"
    try:
        await line.source.start(call)
        began = time.monotonic()
        reached = await _reached(line, call)
    except SourceError as problem:
        told = f"{problem.code}: {problem}"
        return Said("fault", about, told, f"see its address and account; it is run by {owner}")
    spent = time.monotonic() - began
    if not reached:
        told = "has no question about nobody that leaves this machine"
        return Said("skipped", about, told, "see `sources` in the graph while it serves")
    said = f"answers in {spent * 1000:.0f} ms"
    if spent > _SLOW * line.manifest.timeout:
        todo = f"tell {owner}, or allow it more than {line.manifest.timeout:g} s"
        return Said("warning", about, f"{said}, near its limit", todo)
    return Said("ok", about, said)


async def _reached(line: Line, call: CallContext) -> bool:
    """Whether some question really went out and was answered: a connector may know by itself that it has nobody of that name.

    Raises: SourceError.
    """
    found = [(name, each.key) for port in line.manifest.ports for name, each in questions_of(ports()[port]).items()]
    nobody = _nobody_of(line)
    for name, key in found:
        if key not in nobody:
            continue
        (answer,) = await line.ask(name, [nobody[key]], Need(), call)
        if isinstance(answer, SourceError):
            raise answer
        if call.ledger.of(line.source.name).calls:
            return True
    if not hasattr(line.source, "identifiers"):
        return False
    await line.sweep(call)  # as at every start of the gateway
    return call.ledger.of(line.source.name).calls > 0
