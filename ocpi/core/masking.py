"""How what must not be read is shown: a mask, and the last characters of what somebody holds in their hand."""

import re

MASK = "•••"
_TOKEN_IN_PATH = re.compile(r"(/tokens/(?:[A-Za-z]{2}/[^/?\s\"']{1,9}/)?)([^/?\s\"']+)")


def mask(text: str) -> str:
    """A card's uid stays recognisable to someone who holds it, and is useless to anyone else."""
    return MASK + text[-4:] if len(text) > 6 else MASK


def token_path(text: str) -> str:
    """The text with the uids of tokens in paths masked."""
    return _TOKEN_IN_PATH.sub(lambda found: found[1] + mask(found[2]), text)
