"""Rights' words: every word of an installation's files that means something elsewhere, looked up where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authz.ceilings import limit_of, refusing
from authz.known import Known, is_name
from authz.refusal import instead
from authz.rights import Rights
from authz.rows import EVERY, SENSITIVITIES
from authz.vocabulary import ATTRIBUTES
from gateway.settings import GrantOf, Reach, RightsFile, RoleFile, RunOf, TeamFile
from sources.kit.yaml_file import mistake_at

_NAME: Final = "small Latin letters, digits and underscores, beginning with a letter"


@dataclass(frozen=True, slots=True)
class Text:
    """One file as it is written, to tell where a mistake stands."""

    file: Path
    text: str

    def refuse(self, path: Sequence[str | int], expected: str) -> None:
        """Refuse what stands there. Raises: ConfigError."""
        raise mistake_at(self.file, self.text, list(path), f"expected {expected}")


@dataclass(frozen=True, slots=True)
class Words:
    """What words an installation may use. Each look-up raises ConfigError with file, line, key and the nearest word."""

    rights: Rights
    known: Known
    clearances: tuple[str, ...]

    def of_company(self, text: Text, file: RightsFile) -> None:
        """Look at `rights.yaml`."""
        for place, region in enumerate(file.regions):
            if region == "all" or not is_name(region):
                text.refuse(
                    ["regions", place], f'the name of a region, of {_NAME} and not "all", instead of {region!r}'
                )
        seen: dict[str, str] = {}
        for word, names in file.department_classes.items():
            if not is_name(word):
                text.refuse(["department_classes", word], f"the name of a class, of {_NAME}")
            for place, name in enumerate(names):
                if name in seen:
                    text.refuse(["department_classes", word, place], f"{name} in one class, it is in {seen[name]} too")
                seen[name] = word
        for place, role in enumerate(file.everyone):
            self._word(text, "role", role, ["everyone", place])

    def of_role(self, text: Text, file: RoleFile | TeamFile) -> None:
        """Look at a role, or at a team's own."""
        for key, domains in (("read", file.read), ("mask", file.mask)):
            for domain, reach in domains.items():
                self._reach(text, [key, domain], domain, reach)
        for place, run in enumerate(file.run):
            self._run(text, ["run", place], run)

    def of_team(self, text: Text, file: TeamFile) -> None:
        """Look at a team."""
        self.of_role(text, file)
        for key, roles in (("roles", file.roles), ("lead_roles", file.lead_roles)):
            for place, role in enumerate(roles):
                self._word(text, "role", role, [key, place])
        for place, region in enumerate(file.reach):
            self._word(text, "region", region, ["region"] if file.region is not None else ["regions", place])
        for place, word in enumerate(file.clearance):
            if not is_name(word):
                text.refuse(["clearance", place], f"the name of a clearance, of {_NAME}")
            if word not in self.clearances:
                text.refuse(["clearance", place], instead("a clearance of rights.yaml", word, self.clearances))

    def _reach(self, text: Text, path: Sequence[str | int], domain: str, reach: Reach) -> None:
        self._word(text, "domain", domain, path)
        limit = limit_of(self.rights, domain)
        for place, each in enumerate(reach):
            here = [*path, place, "ceiling"]
            self._word(text, "sensitivity", each.ceiling, here)
            if limit is not None and _above(each.ceiling, limit.reads[domain]):
                most = f"{domain} up to {limit.reads[domain]} at most instead of {each.ceiling}"
                text.refuse(here, f"{most}: {limit.owner}, who owns {limit.source}, lets no more be granted")
            self._conditions(text, [*path, place], domain, each)

    def _run(self, text: Text, path: Sequence[str | int], run: RunOf) -> None:
        self._word(text, "operation", run.operation, [*path, "operation"])
        operation = self.rights.operations.get(run.operation)
        if operation is not None and (limit := refusing(self.rights, operation)) is not None:
            allowed = ", ".join(limit.operations or ()) or "none"
            text.refuse(
                [*path, "operation"],
                f"no {run.operation}: {limit.owner}, who owns {limit.source}, lets be granted: {allowed}",
            )
        self._conditions(text, path, operation.domain if operation is not None else EVERY, run)

    def _conditions(self, text: Text, path: Sequence[str | int], domain: str, said: GrantOf | RunOf) -> None:
        self._word(text, "scope", said.scope, [*path, "scope"])
        for name, values in said.when.items():
            here = [*path, "when", name]
            self._word(text, "attribute", name, here)
            attribute = ATTRIBUTES[name]
            if attribute.domain is not None and domain not in (attribute.domain, EVERY):
                text.refuse(here, f"{name} with the domain {attribute.domain} alone, not with {domain}")
            for place, value in enumerate(values):
                if wrong := self.known.wrong_value(name, value):
                    text.refuse([*here, place], wrong)

    def _word(self, text: Text, kind: str, word: str, path: Sequence[str | int]) -> None:
        if word not in self.known.words[kind]:
            article = "an" if kind[0] in "aeiou" else "a"
            text.refuse(path, instead(f"{article} {kind}", word, self.known.words[kind]))


def _above(one: str, other: str) -> bool:
    return SENSITIVITIES.index(one) > SENSITIVITIES.index(other)
