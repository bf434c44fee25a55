"""Software: what is installed, what is licensed, and what jobs did about it."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import noun, value


@noun(domain="software")
class InstalledSoftware:
    """A program on a device."""

    name: str = value("Its name.")
    version: str = value("Its version.")
    publisher: str | None = value("Who makes it.")
    installed_at: datetime | None = value("When it was installed.")


@strawberry.enum(description="What a software job does.")
class SoftwareAction(Enum):
    INSTALL = strawberry.enum_value("INSTALL", description="Installs.")
    REMOVE = strawberry.enum_value("REMOVE", description="Removes.")


@strawberry.enum(description="Where a job stands.")
class JobState(Enum):
    RUNNING = strawberry.enum_value("RUNNING", description="Under way.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="Done.")
    FAILED = strawberry.enum_value("FAILED", description="Not done.")


@noun(domain="software")
class SoftwareJob:
    """One attempt to install or remove a program."""

    job_id: str = value("Its number in the system that ran it.")
    action: SoftwareAction = value("What it does.")
    product: str = value("The program.")
    state: JobState = value("Where it stands.")
    started_at: datetime = value("When it began.")
    ended_at: datetime | None = value("When it ended.")
    message: str | None = value("What it said.")


@noun(domain="software")
class Licence:
    """A seat of a licensed product."""

    licence_id: str = value("Its number.")
    product: str = value("The product.")
    granted_at: datetime = value("When it was granted.")
    expires_at: datetime | None = value("When it ends; null for never.")
