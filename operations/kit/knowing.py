"""Knowing: which runs a viewer may know of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from authz.vocabulary import Fact
from operations.kit.acting import Acting
from operations.kit.after import same, team_of
from operations.kit.runs import Brief
from resolvers.asking import Asking
from sources.ports.call import SourceLedger
from sources.ports.directory import Person
from sources.ports.question import EVERYTHING

OVERSEERS: Final = "freeze"
"""Who may run this operation may look at every run."""
_FACTS: Final = "facts of whom runs are about"
_MANAGER: Final = "the viewer's manager"


class Knowing:
    """Decides for many runs at once; each employee is looked up once a request, however many runs are about them."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def known(self, asking: Asking, runs: Sequence[Brief]) -> list[bool]:
        """Whether a viewer may know of runs: their own, about themselves, such as they may begin, such as they are asked about."""
        viewer = asking.viewer
        if viewer.policy.operation(viewer.actor, OVERSEERS).permits:
            return [True] * len(runs)
        found = [any(same(viewer.login, each) for each in (run.caller, run.holder, run.employee_login)) for run in runs]
        open_ = [place for place, known in enumerate(found) if not known]
        if not viewer.service:
            perhaps = [place for place in open_ if viewer.policy.operation(viewer.actor, runs[place].name).permits]
            facts = await self._facts(asking, sorted({runs[place].employee_id for place in perhaps} - {""}))
            for place in perhaps:
                found[place] = self._may_begin(asking, runs[place], facts.get(runs[place].employee_id))
        open_ = [place for place in open_ if not found[place]]
        if open_:
            asked = await self._asked(asking, [runs[place] for place in open_])
            for place in open_:
                found[place] = runs[place].id in asked
        return found

    def _may_begin(self, asking: Asking, run: Brief, facts: Mapping[str, Fact] | None) -> bool:
        decide, actor = asking.viewer.policy.decide, asking.viewer.actor
        return facts is not None and all(decide(actor, name, facts).allowed for name in (run.name, *run.parts))

    async def _asked(self, asking: Asking, runs: Sequence[Brief]) -> set[str]:
        """Those of some runs about which a viewer is asked, or their team."""
        viewer, acting = asking.viewer, self._acting
        wanted = [f"login:{viewer.login.casefold()}", f"team:{team_of(viewer)}"]
        asked = await acting.journal.asked_about(sorted({run.employee_id for run in runs}), wanted)
        resort = acting.deciding.last_resort
        if resort is not None and resort.team is not None and resort.team == team_of(viewer):
            asked |= {run.id for run in runs if await resort.may_decide(team_of(viewer), run.id)}
        return asked

    async def _facts(self, asking: Asking, employees: Sequence[str]) -> Mapping[str, Mapping[str, Fact] | None]:
        """What decides about each employee; None where they cannot be looked up."""
        known: dict[str, Mapping[str, Fact] | None] = asking.remembered.setdefault(_FACTS, {})
        new = [each for each in employees if each not in known]
        if not new:
            return known
        # it is nobody's business which of them were looked up
        call = replace(asking.call, ledger=SourceLedger())
        people = await asking.desk.ask("directory", "people_by_id", new, EVERYTHING, call)
        manager = await self._manager(asking, new)
        for employee, person in zip(new, people, strict=True):
            known[employee] = (
                await self._acting.deciding.facts_by(asking.viewer, person, None, manager)
                if isinstance(person, Person)
                else None
            )
        return known

    async def _manager(self, asking: Asking, employees: Sequence[str]) -> str | None:
        if asking.viewer.service or not employees:
            return None
        if _MANAGER not in asking.remembered:
            call = replace(asking.call, ledger=SourceLedger())
            asking.remembered[_MANAGER] = await self._acting.deciding.manager_of(asking.viewer, call)
        manager: str | None = asking.remembered[_MANAGER]
        return manager
