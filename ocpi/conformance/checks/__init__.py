"""Every check there is, one file per subject. Their order here is their order in a run, inside each stage."""

from importlib import import_module

SUBJECTS = (
    "discovery", "admission", "registration",  # who are you, and may I come in
    "paging", "windows", "content", "identity", "places",  # what a Sender lists
    "tokens", "token_errors",  # what a CPO receives
    "locations", "location_errors", "tariffs", "sessions", "cdrs", "authorize", "isolation",  # what an eMSP does
    "commands", "charging", "bills",  # a whole charge
    "update", "messages", "pushes",
)  # fmt: skip

for _subject in SUBJECTS:
    import_module(f"{__name__}.{_subject}")  # importing declares
