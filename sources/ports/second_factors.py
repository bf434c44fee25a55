"""Port `second_factors`: what a person confirms a sign-in with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """One token. Shape: `kind` is TOTP, HOTP, WEBAUTHN, SMS, PUSH, EMAIL, OTHER."""

    source: str
    serial: str
    kind: str
    active: bool
    locked: bool
    description: str | None = None
    failures: int | None = None
    enrolled_at: datetime | None = None
    last_used_at: datetime | None = None


class SecondFactors(Protocol):
    """A second-factor server."""

    @question(key=EmployeeRef, record=SecondFactor, many=True)
    async def second_factors_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[SecondFactor, ...]]]:
        """Tokens of each, by serial."""
        ...

    @write(readback="second_factors_of", key="holder")
    async def disable_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Switch a token off."""
        ...

    @write(readback="second_factors_of", key="holder")
    async def enable_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Switch a token on."""
        ...

    @write(readback="second_factors_of", key="holder")
    async def reset_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Forget the failures of a token."""
        ...

    @write(readback="second_factors_of", key="holder")
    async def remove_token(self, holder: EmployeeRef, serial: str, call: CallContext) -> Written:
        """Remove a token for good."""
        ...
