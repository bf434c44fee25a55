"""Queries that several tests and the bench ask."""

from typing import Final

EMPLOYEE_BLOCKS: Final = """
fragment Blocks on Employee {
  id login personnelNumber active email timeZone languages
  name { display given family latin }
  phones { kind number }
  workplace { region country city office floor desk }
  employment { status position kind hiredOn department { code name } absence { kind starts ends } manager { id login name { display } } }
  personal { legalName birthDate }
  account { login domain enabled locked lockedSince passwordExpiresAt lastSignInAt }
  groups(first: 20) { edges { direct node { name kind privileged } } totalCount }
  certificates(first: 10) { edges { node { serial status purpose notAfter } } }
  devices(first: 10) { edges { node { tag kind model serialNumber status
    management { enrolled platform osVersion compliant encrypted }
    software(first: 5) { edges { node { name version } } } } } }
  licences(first: 10) { edges { node { product grantedAt expiresAt } } }
  secondFactors(first: 10) { edges { node { serial kind active locked } } }
  badges(first: 5) { edges { node { number kind status zones } } }
  mailbox { address quotaBytes usedBytes outOfOffice { enabled } }
  vpnSessions { edges { node { connectedAt virtualAddress } } }
  sessions(first: 5) { edges { node { application startedAt } } }
  tickets(first: 10) { edges { node { number subject status queue createdAt } } }
}
"""
CARD: Final = "query Card($login: String!) { employee(by: {login: $login}) { ...Blocks } }" + EMPLOYEE_BLOCKS
PAGE: Final = (
    "query Page($first: Int!, $after: String) {"
    " employees(first: $first, after: $after) { edges { node { ...Blocks } } pageInfo { hasNextPage endCursor } } }"
    + EMPLOYEE_BLOCKS
)
TINY: Final = "query Tiny($login: String!) { employee(by: {login: $login}) { id login } }"
