"""Sessions: where somebody is signed in, and the tunnels they have open."""

from datetime import datetime

from schema.declare import PERSONAL, noun, value
from schema.scalars import Long


@noun(domain="session")
class IdentitySession:
    """A sign-in through the identity provider that is still good."""

    session_id: str = value("Its number in the identity provider.")
    application: str = value("Where to.")
    started_at: datetime = value("When it began.")
    last_seen_at: datetime | None = value("When it was last used.", PERSONAL)
    expires_at: datetime | None = value("When it ends by itself.")
    ip: str | None = value("Address it came from.", PERSONAL)
    user_agent: str | None = value("What the browser calls itself.", PERSONAL)


@noun(domain="vpn")
class VpnSession:
    """A tunnel into the company's network."""

    session_id: str = value("Its number in the concentrator.")
    login: str = value("Who opened it.")
    connected_at: datetime = value("When it was opened.")
    real_address: str | None = value("Where it comes from.", PERSONAL)
    virtual_address: str | None = value("Its address inside.")
    received_bytes: Long | None = value("Bytes received from it.")
    sent_bytes: Long | None = value("Bytes sent to it.")
