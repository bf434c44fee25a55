"""Supervised: what a supervisor hands over and is told, as systemd does it. Source: sd_listen_fds(3), sd_notify(3).

A listener that the supervisor holds is shared: while one process goes and another comes, connections wait in it and none is
lost. With listeners of their own, even on one port, what waits in one that is closed would be reset.
"""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

_FIRST: Final = 3


def listeners(environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The sockets that were handed to this process; none where it has to listen by itself. Children are handed none."""
    mine = environment.pop("LISTEN_PID", "") == str(os.getpid())
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if not mine or not count.isdigit():
        return []
    found = []
    for number in range(_FIRST, _FIRST + int(count)):
        os.set_inheritable(number, False)
        found.append(socket.socket(fileno=number))
    return found


def address_of(listener: socket.socket) -> str:
    """Where a listener can be reached, as it is told to people."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host, port = name[0], name[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def tell(said: str, environment: MutableMapping[str, str] = os.environ) -> None:
    """Tell the supervisor, if there is one that listens: `READY=1`, `STOPPING=1`."""
    place = environment.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as word:
        word.sendto(said.encode(), place.replace("@", "\0", 1) if place.startswith("@") else place)
