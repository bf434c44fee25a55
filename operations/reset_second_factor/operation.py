"""Reset a second factor."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.operation import Operation
from sources.ports.directory import Person
from sources.ports.second_factors import SecondFactor


@given
class Given:
    """Which token."""

    serial: str = asked("The token's serial.", most=60)


class ResetSecondFactor(Operation[Given]):
    """Forget the failures of a second factor, so that it lets in again."""

    name = "reset_second_factor"
    event = "second_factor.reset"
    ports = ("second_factors",)
    given = Given
    notifies = True

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the employee's tokens."""
        factor = await look.one_of(
            SecondFactor,
            "second_factors",
            "second_factors_of",
            employee.ref,
            lambda each: each.serial == given.serial,
            "serial",
        )
        call = write("second_factors", factor.source, "reset_token", holder=employee.ref, serial=factor.serial)
        done = call.showing(shows("failures", 0), where=(shows("serial", factor.serial),))
        return Draft.of(step("reset", "SecondFactor", done, passes=True))
