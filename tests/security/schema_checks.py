"""What schemathesis looks at in every answer, besides its own check for HTTP 5xx; and ids that exist, or it would
hardly ever get beyond 404."""

import random
from typing import Any

import schemathesis

from tests.security.fuzz import judge
from tests.security.known import IDS

_DICE = random.Random(1)


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Three times out of four the path is that of something of ours; the rest is schemathesis' own invention."""
    if not path_parameters or _DICE.random() < 0.25:
        return path_parameters
    return {name: IDS.get(name, value) for name, value in path_parameters.items()}


@schemathesis.check
def answers_in_the_envelope(ctx: Any, response: Any, case: Any) -> None:
    """No HTML, whatever was asked; JSON in the envelope wherever there is a body (TRA-13, TRA-14)."""
    headers = {name.title(): values[0] for name, values in response.headers.items()}
    problem = judge(response.status_code, headers, response.content, case.method.upper() == "HEAD")
    if problem:
        raise AssertionError(problem)
