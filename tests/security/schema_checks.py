"""What schemathesis looks at in every answer, besides its own check for HTTP 5xx."""

from typing import Any

import schemathesis

from tests.security.fuzz import judge


@schemathesis.check
def answers_in_the_envelope(ctx: Any, response: Any, case: Any) -> None:
    """No HTML, whatever was asked; JSON in the envelope wherever there is a body (TRA-13, TRA-14)."""
    headers = {name.title(): values[0] for name, values in response.headers.items()}
    problem = judge(response.status_code, headers, response.content, case.method.upper() == "HEAD")
    if problem:
        raise AssertionError(problem)
