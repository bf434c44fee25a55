"""Documents made from the schema by schemathesis, from a seed: whatever is asked, the answer is coded and no defect of ours.

Its own check `not_a_server_error` is left out: it takes every error beside data for one, those about what was given as well.
"""

import os
import re
import subprocess
import sys
from typing import Final

from tests.process.okno import ROOT, Running

SEED: Final = "7"
_EXAMPLES: Final = os.environ.get("OKNO_SOAK") and "300" or "30"
_FEWEST: Final = 90
"""Fields at the roots that are tried at least."""


def test_no_generated_document_finds_a_defect(running: Running) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{running.url}/graphql"),
            *("-H", f"Authorization: Bearer {running.token('security')}", "--seed", SEED, "-n", _EXAMPLES, "-w", "1"),
            *("-c", "every_answer_is_coded", "--warnings", "off", "--no-color", "--no-shrink"),
        ],
        cwd=running.folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.clients.generated_checks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None, done.stdout[-2_000:]
    assert int(tested[1]) >= _FEWEST
