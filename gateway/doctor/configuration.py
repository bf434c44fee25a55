"""The configuration: it loads, its secrets are there and are secrets, its rights make a policy."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.engine import make_url

from authz.labels import labels_of_schema
from authz.policy import PolicyError
from gateway import discovery
from gateway.around import around_of
from gateway.delivery import delivery_of
from gateway.doctor.examining import Patient, Said, check
from gateway.policy_making import build_policy, texts_of
from gateway.whole_graph import whole_graph
from sources.kit.yaml_file import ConfigError


@check("configuration", needs="nothing")
async def configuration_loads(patient: Patient) -> AsyncIterator[Said]:
    """Everything that is read before serving, its secrets included."""
    for each in patient.trouble:
        yield Said("fault", "configuration", str(each), "mend this place; everything behind it was not looked at")
    if patient.installation is not None:
        found = patient.installation
        yield Said(
            "ok", "configuration", f"{found.file.name}: {len(found.instances)} sources, {len(found.teams)} teams"
        )


@check("secrets", needs="installation")
async def secrets_resolve(patient: Patient) -> AsyncIterator[Said]:
    """Every reference leads to something; those of sources were followed when the installation was loaded."""
    assert patient.installation is not None
    login = patient.installation.file.login.oidc
    wrong: list[str] = []
    try:
        around_of(patient.installation, patient.environment)
        delivery_of(patient.installation, patient.environment)
        if login is not None:
            login.secret(patient.environment)
    except (ConfigError, ValueError) as problem:
        wrong.append(str(problem))
    for each in wrong:
        yield Said("fault", "secrets", each, "set the variable or write the file, for the account that serves")
    if make_url(patient.installation.file.database).password is not None:
        todo = "leave it out and give it by PGPASSWORD or a password file"
        yield Said("warning", "secrets", "the database's password stands in okno.yaml", todo)
    if not wrong:
        yield Said("ok", "secrets", "every reference leads to something")


@check("rights", needs="rights")
async def rights_make_a_policy(patient: Patient) -> AsyncIterator[Said]:
    """Teams, roles and rules of the folder, checked, linted and tested as for publishing."""
    assert patient.rights is not None
    try:
        labels = labels_of_schema(whole_graph()[0])
        await asyncio.to_thread(build_policy, texts_of(patient.folder), labels, patient.rights)
        for each in patient.rights.instances:
            discovery.connector_of(each.system)
    except (PolicyError, ConfigError, discovery.NoConnector) as problem:
        yield Said("fault", "rights", str(problem), "mend this place; `okno check` tells the same")
    else:
        yield Said("ok", "rights", f"{len(patient.rights.teams)} teams make a policy")
