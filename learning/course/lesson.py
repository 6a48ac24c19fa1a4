"""What a lesson is made of. A lesson is data: a file in `lessons/` that defines `LESSON`, and nothing else.

Texts, messages and claims may hold `{names}`: they stand for the facts of the run, such as `{party}` or `{session_id}`.

| step    | the learner                                              | judged by                                |
|---------|----------------------------------------------------------|------------------------------------------|
| Say     | reads                                                    |                                          |
| Look    | looks at one exchange: what to see in it                 | that this exchange is there              |
| Predict | says what will happen at the next Run                    | what then happened                       |
| Run     | lets it happen                                           | the lesson's own claims: they must hold  |
| Quiz    | answers                                                  | the answer that the lesson gives         |
| Break   | chooses what to break (or to mend), and lets it happen   | what then happened                       |
| Write   | writes a message as the CPO or as the eMSP, and sends it | what was really sent and answered        |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .claims import Claim


@dataclass(frozen=True)
class Act:
    """Something that is done for real: the name of a function in `acts`, with its arguments."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)


def act(name: str, /, **given: Any) -> Act:
    return Act(name, given)


@dataclass(frozen=True)
class Step:
    """`title` heads the step; `text` is Markdown of one kind only: paragraphs, `code`, **strong**."""

    title: str
    text: str
    kind: ClassVar[str] = ""
    judged: ClassVar[bool] = False
    performed: ClassVar[bool] = False


@dataclass(frozen=True)
class Say(Step):
    kind: ClassVar[str] = "say"


@dataclass(frozen=True)
class Look(Step):
    """`at` is the exchange, `fields` what to look at: (path, why), paths as `data.0.url`, `request.token`."""

    at: Claim | None = None
    fields: Sequence[tuple[str, str]] = ()
    kind: ClassVar[str] = "look"


@dataclass(frozen=True)
class Option:
    """`claims` say when this prediction is right; `why` is told to whoever chose it."""

    text: str
    why: str = ""
    claims: Sequence[Claim] = ()


@dataclass(frozen=True)
class Predict(Step):
    """Before a Run. `right` is the option that comes true: the lesson claims that, and `--auto` tries it."""

    options: Sequence[Option] = ()
    right: int = 0
    kind: ClassVar[str] = "predict"
    judged: ClassVar[bool] = True


@dataclass(frozen=True)
class Run(Step):
    """`patience`: seconds until the claims must hold."""

    acts: Sequence[Act] = ()
    claims: Sequence[Claim] = ()
    patience: float = 10.0
    kind: ClassVar[str] = "run"
    performed: ClassVar[bool] = True


@dataclass(frozen=True)
class Quiz(Step):
    options: Sequence[Option] = ()
    right: int = 0
    kind: ClassVar[str] = "quiz"
    judged: ClassVar[bool] = True


@dataclass(frozen=True)
class Choice:
    """One of several things that can be done."""

    text: str
    acts: Sequence[Act] = ()
    why: str = ""


@dataclass(frozen=True)
class Break(Step):
    """The choice is done, then `acts`; right is what makes `claims` hold. `mend` is done afterwards in any case."""

    choices: Sequence[Choice] = ()
    right: int = 0
    acts: Sequence[Act] = ()
    claims: Sequence[Claim] = ()
    mend: Sequence[Act] = ()
    patience: float = 3.0
    kind: ClassVar[str] = "break"
    judged: ClassVar[bool] = True
    performed: ClassVar[bool] = True


@dataclass(frozen=True)
class Message:
    """A request in somebody's own words. `path`: segments behind the module's endpoint; `query` without `?`.

    `authorization` stands in place of the whole header; None: the right one.
    """

    method: str
    module: str
    path: Sequence[str] = ()
    body: Any = None
    query: str = ""
    authorization: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Write(Step):
    """`side`: CPO or EMSP, who sends. `begin` is what the learner starts from, `solution` makes the claims hold,
    `wrong` does not."""

    side: str = "CPO"
    begin: Message = field(default_factory=lambda: Message("GET", "versions"))
    solution: Message = field(default_factory=lambda: Message("GET", "versions"))
    wrong: Message | None = None
    acts: Sequence[Act] = ()
    claims: Sequence[Claim] = ()
    hint: str = ""
    patience: float = 3.0
    kind: ClassVar[str] = "write"
    judged: ClassVar[bool] = True
    performed: ClassVar[bool] = True


@dataclass(frozen=True)
class Lesson:
    """`key` is its name in URLs and on the command line; `world`: options of the mock CPO's world; `prepare` is done
    before the first step. `reading` are chapters of the specification, `able` what one can do afterwards."""

    number: int
    key: str
    title: str
    story: str
    steps: Sequence[Step]
    able: Sequence[str]
    reading: Sequence[str] = ()
    minutes: int = 10
    world: Mapping[str, Any] = field(default_factory=dict)
    prepare: Sequence[Act] = ()

    @property
    def most_points(self) -> int:
        return sum(POINTS for step in self.steps if step.judged)


POINTS = 2
"""For the right answer at the first try; later it is worth one."""
