"""How long this process was ready to run while the machine ran others: not the gateway's time."""

from pathlib import Path
from typing import Final

_SCHEDULER: Final = Path("/proc/thread-self/schedstat")


def waited() -> float:
    """Seconds that this thread has stood in the machine's queue so far; 0 where the system does not tell.

    Source: Linux, Documentation/scheduler/sched-stats, the second number of schedstat, in nanoseconds.
    """
    try:
        return int(_SCHEDULER.read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0
