"""The directory by SCIM: everyone POSTed; an extension that the server's schemas do not have is left out."""

from dataclasses import replace

from sandbox.company.model import Company
from sandbox.seeds.scim import WORKPLACE, seed
from tests.real.seeding.http import Json, Row
from tests.real.servers.server import Facts, nested


def fill(facts: Facts, company: Company) -> Company:
    """The company with the ids that the server gave its people."""
    with directory(facts) as server:
        for old in server.rows("/Users?count=1000&attributes=userName", "Resources"):
            server.ask("DELETE", f"/Users/{old['id']}")
        known = {str(schema["id"]) for schema in server.rows("/Schemas?count=100", "Resources")}
        given = {
            str(row["userName"]): str(server.ask("POST", "/Users", acceptable(row, known))["id"])
            for row in seed(company)
        }
    people = tuple(replace(person, uid=given[person.login]) for person in company.people)
    return replace(company, people=people)


def directory(facts: Facts) -> Json:
    """The server, signed in to."""
    token = nested(facts, "credentials")["admin"]["token"]
    return Json(str(facts["url"]), {"Authorization": f"Bearer {token}"})


def acceptable(row: Row, known: set[str]) -> Row:
    """A user without the ids and moments that are the server's own, and without extensions it would refuse."""
    left_out = {"id", "meta"} | ({WORKPLACE} - known)
    schemas = row["schemas"]
    assert isinstance(schemas, list)
    kept = {name: value for name, value in row.items() if name not in left_out}
    return {**kept, "schemas": [each for each in schemas if each not in left_out]}
