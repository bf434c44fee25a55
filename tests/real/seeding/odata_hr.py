"""The personnel file by OData: departments, then everybody with their jobs and absences in one deep insert each."""

from sandbox.company.model import Company
from sandbox.seeds.odata_hr import seed
from tests.real.seeding.http import Json
from tests.real.servers.server import Facts, nested
from tests.real.servers.wire import basic


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was: this system keeps every key it is given."""
    rows = seed(company)
    with personnel(facts) as server:
        for old in server.rows("/Employees?$select=personIdExternal", "value"):
            server.ask("DELETE", f"/Employees('{old['personIdExternal']}')")
        for old in server.rows("/Departments?$select=code", "value"):
            server.ask("DELETE", f"/Departments('{old['code']}')")
        for department in rows.departments:
            server.ask("POST", "/Departments", dict(department))
        for employee in rows.employees:
            server.ask("POST", "/Employees", dict(employee))
    return company


def personnel(facts: Facts) -> Json:
    """The server, signed in to as one who may write."""
    writer = nested(facts, "credentials")["writer"]
    return Json(str(facts["url"]), basic(writer["user"], writer["password"]))
