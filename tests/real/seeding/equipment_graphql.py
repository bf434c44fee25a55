"""The asset register by SQL, below the GraphQL that PostGraphile makes of it."""

from sandbox.company.model import Company
from sandbox.seeds.equipment_graphql import seed
from tests.real.seeding.tables import refill
from tests.real.servers.server import Facts, nested


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was. Shape: `facts` are those of PostgreSQL, which owns the tables."""
    rows = seed(company)
    refill(nested(facts, "databases")["cmdb"]["owner"], {"employee": rows.employees, "asset": rows.assets})
    return company
