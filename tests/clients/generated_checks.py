"""What is held of every answer to a generated document; loaded by schemathesis itself."""

from typing import Any

import schemathesis

from resolvers.problems import CODES


@schemathesis.check
def every_answer_is_coded(_context: Any, response: Any, _case: Any) -> None:
    """No defect of ours, no code that is not on the list, no status that the specification does not give."""
    assert response.status_code in (200, 400), response.status_code
    body = response.json()
    codes = [each["extensions"]["code"] for each in body.get("errors", ())]
    assert set(codes) <= CODES - {"INTERNAL"}, codes
    assert "data" in body or codes
    assert response.headers["x-request-id"] == [body["extensions"]["traceId"]]
