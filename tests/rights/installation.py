"""The sandbox's policy, built of its files alone: no source is asked, no secret is needed."""

from functools import cache
from pathlib import Path
from typing import Final

import sandbox
from authz.labels import labels_of_schema
from authz.policy import Policy
from gateway.rights_files import bundle_of, ceilings_of, operations_known, polar_of, rights_of
from gateway.settings import load_sources_only
from gateway.whole_graph import whole_graph

INSTALLATION: Final = Path(sandbox.__file__).parent / "installation"


@cache
def policy() -> Policy:
    """The policy of the sandbox as its files stand."""
    labels = labels_of_schema(whole_graph()[0])
    bundle = bundle_of(INSTALLATION)
    rights = rights_of(
        bundle,
        labels,
        ceilings=ceilings_of(load_sources_only(INSTALLATION)),
        operations=operations_known(),
        folder=INSTALLATION,
    )
    return Policy.of(rights, labels, polar_of(bundle))
