"""Labels: how sensitive a field is, which domain it belongs to, and which port it comes from."""

from enum import Enum

import strawberry
from strawberry.federation.schema_directive import schema_directive
from strawberry.schema_directive import Location

LINK = "https://okno.dev/spec/labels/v1.0"


@strawberry.enum(description="How much harm the value does in the wrong hands; rights are granted up to a sensitivity.")
class Sensitivity(Enum):
    PUBLIC = strawberry.enum_value("PUBLIC", description="Known to everyone who may sign in.")
    INTERNAL = strawberry.enum_value("INTERNAL", description="Needed for ordinary support work.")
    CONFIDENTIAL = strawberry.enum_value("CONFIDENTIAL", description="Needed by the teams that run the system.")
    PERSONAL = strawberry.enum_value("PERSONAL", description="Personal data: every read is recorded.")
    RESTRICTED = strawberry.enum_value(
        "RESTRICTED", description="Personal data that few may see, and each time with a reason."
    )


@strawberry.enum(description="What is left of a value for those who may know no more of it.")
class Mask(Enum):
    PHONE = strawberry.enum_value("PHONE", description="The world zone and the last two digits.")
    EMAIL = strawberry.enum_value("EMAIL", description="The first letter.")
    YEAR = strawberry.enum_value("YEAR", description="The year of a date.")
    LAST_FOUR = strawberry.enum_value("LAST_FOUR", description="The last four letters and digits.")


@schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="data",
    compose=True,
    import_url=LINK,
    description="Whose data a field is and how sensitive: what rights are decided by.",
)
class Data:
    domain: str = strawberry.directive_field(name="domain")
    sensitivity: Sensitivity = strawberry.directive_field(name="sensitivity")
    hidden: bool | None = strawberry.directive_field(name="hidden", default=strawberry.UNSET)
    mask: Mask | None = strawberry.directive_field(name="mask", default=strawberry.UNSET)


@schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="source",
    compose=True,
    import_url=LINK,
    description="The port that a field's value is asked from; a field without it comes with its parent.",
)
class Source:
    port: str = strawberry.directive_field(name="port")


@schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="operation",
    compose=True,
    import_url=LINK,
    description="How much harm a mutation can do, and the code of its events in the trail.",
)
class OperationMark:
    risk: str = strawberry.directive_field(name="risk")
    event: str = strawberry.directive_field(name="event")
