"""gql of PyPI: queries and mutations over aiohttp, subscriptions over websockets. The same job and lines as the scripts'."""

import asyncio
import json
import sys
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.async_transport import AsyncTransport
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport


def say(kind: str, **more: Any) -> None:
    """One line of what the client did or gave its user."""
    print(json.dumps({"kind": kind, **more}), flush=True)


def transport_of(job: dict[str, Any]) -> AsyncTransport:
    """The way to the server."""
    headers = {"Authorization": f"Bearer {job['token']}"} if job.get("token") else {}
    if job.get("team"):
        headers["Okno-Team"] = job["team"]
    if job["transport"] == "ws":
        return WebsocketsTransport(job["url"].replace("http", "ws", 1), init_payload=headers)
    return AIOHTTPTransport(job["url"], headers=headers)


async def tell(job: dict[str, Any]) -> None:
    """Do the job and say what came of it."""
    request = GraphQLRequest(job["document"], variable_values=job.get("variables"))
    try:
        async with Client(transport=transport_of(job)) as session:
            if job["transport"] == "http":
                say("next", data=await session.execute(request))
            else:
                results = session.subscribe(request)
                came = 0
                async for data in results:
                    say("next", data=data)
                    came += 1
                    if came == job.get("stopAfter"):
                        await results.aclose()
                        say("stopped")
                        return
        say("complete")
    except TransportQueryError as refused:
        if refused.data is None:
            say("error", errors=refused.errors, name=type(refused).__name__)
        else:
            say("next", data=refused.data, errors=refused.errors)
            say("complete")
    except TransportError as failure:
        cause = failure.__cause__
        close = getattr(cause, "rcvd", None)
        said = {} if close is None else {"code": close.code, "reason": close.reason}
        say("error", name=type(failure).__name__, message=str(failure), **said)


if __name__ == "__main__":
    asyncio.run(tell(json.load(sys.stdin)))
