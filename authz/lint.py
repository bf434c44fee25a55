"""Lint: refuses a policy that would load and then say something else than it seems to."""

from collections.abc import Mapping

from authz.known import Known
from authz.labels import Labels
from authz.lint_rights import lint_rights
from authz.lint_text import lint_text
from authz.rights import Rights


def lint(rights: Rights, labels: Labels, texts: Mapping[str, str], *, fixed: str) -> None:
    """Check rights and texts.

    Shape: `fixed` names the text that is the same in every installation and may speak of what one has not got.
    Raises: PolicyError with file, line and the nearest valid word.
    """
    known = Known.of(rights, labels)
    lint_rights(rights, known)
    for file, text in texts.items():
        lint_text(file, text, known, fixed=file == fixed)
