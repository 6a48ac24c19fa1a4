"""The one way in which pricing gives up: with a code and the reason, never with a number."""


class CannotPrice(Exception):
    """No number would be honest. Never leaves the package: it becomes `Priced.unpriceable`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
