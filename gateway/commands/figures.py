"""`okno figures`: what teams did, week by week, how long it took and how it ended."""

import asyncio
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from gateway.commands.place import Folder
from gateway.policy_making import load_without_secrets
from gateway.store import Store
from gateway.telemetry.figures import Figures, figures_of
from operations.kit.tables import COMPENSATED, FAILED, SUCCEEDED, UNKNOWN
from sources.ports.call import utc_now


def figures(
    installation: Folder,
    weeks: Annotated[int, typer.Option(help="This week and so many before it, in all.", min=1, max=520)] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for each team and week.")] = False,
) -> None:
    """Print per team and week: operations, the time from opening a page to the proven effect, how they ended, what was not shown."""

    async def look() -> list[Figures]:
        store = Store(load_without_secrets(installation).file.database)
        try:
            await asyncio.to_thread(store.migrate)
            return await figures_of(store.engine, weeks, utc_now())
        finally:
            await store.close()

    found = asyncio.run(look())
    if as_json:
        for each in found:
            typer.echo(orjson.dumps(each.told()).decode())
        return
    if not found:
        typer.echo("nothing was done within these weeks")
        return
    table = Table(
        "week", "team", "runs", "median", "p90", "finished", "failed", "unknown", "operations", "not shown", box=None
    )
    for each in found:
        table.add_row(
            each.week,
            each.team,
            str(each.runs),
            _time(each.median),
            _time(each.p90),
            _share(each.share(SUCCEEDED)),
            _share(each.share(FAILED, COMPENSATED)),
            _share(each.share(UNKNOWN)),
            ", ".join(f"{name} {count}" for name, count in each.kinds.most_common(5)),
            ", ".join(f"{name} {count}" for name, count in each.withheld.most_common(3)),
        )
    Console(width=max(160, Console().width)).print(table)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
