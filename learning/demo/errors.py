"""Why a demo ends early. The message is one line that says what is wrong and what to do."""


class DemoFailed(Exception):
    pass
