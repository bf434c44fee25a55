"""The door put together: what stands before the application, from the outside in."""

from starlette.middleware import Middleware

from gateway.door.headers import SafeHeaders
from gateway.door.hosts import Hosts, hosts_of
from gateway.door.origins import Origins
from gateway.door.proxies import Proxies
from gateway.door.rates import Rates
from gateway.settings import Installation


def middlewares_of(installation: Installation) -> list[Middleware]:
    """What every request passes, from the outside in.

    Headers go on whatever is answered, refusals as well; then proxies, since everything behind them looks at client, scheme
    and host.
    """
    door, oidc = installation.file.door, installation.file.login.oidc
    address = oidc.address if oidc is not None else None
    return [
        Middleware(SafeHeaders),
        Middleware(Proxies, settings=door),
        Middleware(Hosts, hosts=hosts_of(door.hosts, address)),
        Middleware(Rates, settings=door.rates),
        Middleware(Origins, origins=door.origins, address=address),
    ]
