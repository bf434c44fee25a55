"""What is peculiar to writes in privacyIDEA: whose token it is, a serial that would be many, a session that ran out."""

from collections.abc import AsyncIterator

import pytest

from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.errors import SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.write import TAKEN, Written
from sources.privacyidea.client import PrivacyIdea
from sources.privacyidea.tests.test_privacyidea import context, seed
from sources.privacyidea.twin import PiToken, PrivacyIdeaTwin

ANNA = EmployeeRef("id-anna", "Anna")


@pytest.fixture
async def twin() -> AsyncIterator[PrivacyIdeaTwin]:
    served = PrivacyIdeaTwin(seed())
    served.tokens["FREE0001"] = PiToken("FREE0001", "hotp", "")
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def line(twin: PrivacyIdeaTwin) -> AsyncIterator[Line]:
    source = PrivacyIdea(Instance("mfa", "privacyidea", systems()["privacyidea"], twin.settings()))
    yield Line(source)
    await source.close()


async def send(line: Line, write: str, serial: str) -> Written:
    expires = context().deadline
    return await line.write(write, [ANNA, serial], context(WritePermit("op", "step", "mfa", write, expires)))


@pytest.mark.parametrize("write", ["disable_token", "enable_token", "reset_token", "remove_token"])
@pytest.mark.parametrize("serial", ["PISM0003", "FREE0001"])
async def test_a_token_of_somebody_else_or_nobody_is_not_touched(
    line: Line, twin: PrivacyIdeaTwin, write: str, serial: str
) -> None:
    before = twin.state()
    with pytest.raises(SourceError) as told:
        await send(line, write, serial)
    assert (told.value.code, twin.writes, twin.state()) == ("SOURCE_REJECTED", 0, before)


@pytest.mark.parametrize("serial", ["*", "NONE0001", "TOTP0002,PIPU0001", ""])
async def test_a_serial_of_none_or_many_changes_nothing(line: Line, twin: PrivacyIdeaTwin, serial: str) -> None:
    before = twin.state()
    with pytest.raises(SourceError) as told:
        await send(line, "disable_token", serial)
    assert (told.value.code, twin.writes) == ("SOURCE_REJECTED", 0)
    assert await send(line, "remove_token", serial) == TAKEN, "what is not there has been removed"
    assert (twin.writes, twin.state()) == (0, before)


async def test_a_session_that_ran_out_costs_a_login_and_no_permit(line: Line, twin: PrivacyIdeaTwin) -> None:
    await send(line, "disable_token", "TOTP0002")
    twin.expire_sessions()
    await send(line, "enable_token", "TOTP0002")
    assert twin.tokens["TOTP0002"].active
    assert twin.wrote == {"POST /token/disable": 1, "POST /token/enable": 1}
    assert twin.seen["POST /auth"] == 2
