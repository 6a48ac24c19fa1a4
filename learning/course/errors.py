"""What can go wrong with a lesson. Each message is a sentence for the learner."""


class Trouble(Exception):
    """A lesson cannot go on: a platform does not answer, or something was asked for that there is not."""


class LearningOff(Trouble):
    """LEARNING_ENABLED is false here."""


class BadMessage(Trouble):
    """A message that is not sent at all: `problems` are (path, text) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path}: {text}" if path else text for path, text in problems))
