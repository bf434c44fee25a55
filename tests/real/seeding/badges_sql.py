"""The access control system by SQL."""

from sandbox.company.model import Company
from sandbox.seeds.badges_sql import seed
from tests.real.seeding.tables import refill
from tests.real.servers.server import Facts, nested


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was."""
    url = nested(facts, "databases")["badges"]["owner"]
    refill(url, seed(company), "select setval('badge_event_id_seq', (select max(id) from badge_event));")
    return company
