"""All tests in two halves beside each other, one for each of two processors: the second is told when the first has ended.

Shape: arguments go to both. Ends with the greater status of the two.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SECOND: Final = ("tests/bench", "tests/faults", "tests/operations")
"""What waits for clocks; everything else is the first half."""


def main(arguments: list[str]) -> int:
    """Run both. Returns: the greater status."""
    pytest = [sys.executable, "-m", "pytest", *arguments]
    with tempfile.TemporaryFile() as told:
        second = subprocess.Popen([*pytest, *SECOND], cwd=ROOT, stdout=told, stderr=subprocess.STDOUT)
        try:
            first = subprocess.run([*pytest, *(f"--ignore={each}" for each in SECOND)], cwd=ROOT, check=False)
            second.wait()
        finally:
            if second.poll() is None:
                second.terminate()
                second.wait()
        told.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(told.read())
    return max(first.returncode, second.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
