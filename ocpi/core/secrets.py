"""Credentials tokens at rest: a keyed digest of what others show us, ciphertext of what we must show them.

A stolen database opens no partner: without SECRET_KEY neither can be turned back into a token.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def digest(token: str) -> str:
    """The digest under the current SECRET_KEY; 64 hex characters."""
    return _digest(settings.SECRET_KEY, token)


def digests(token: str) -> list[str]:
    """The digests under which the token may be stored: the current key first, then SECRET_KEY_FALLBACKS."""
    return [_digest(secret, token) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


@lru_cache(maxsize=1024)
def _digest(secret: str, token: str) -> str:
    """Django's `salted_hmac`, whose key is the same for each token. Partners show the same one with each request."""
    return hmac.digest(_digest_key(secret), token.encode(), "sha256").hex()


@lru_cache(maxsize=8)
def _digest_key(secret: str) -> bytes:
    return hashlib.sha256(b"ocpi.credentials-token" + secret.encode()).digest()


def encrypt(token: str) -> str:
    return _cipher().encrypt(token.encode()).decode() if token else ""


def decrypt(ciphertext: str) -> str:
    """The token; empty when there is none or when it was encrypted under a key that we no longer have."""
    try:
        return _cipher().decrypt(ciphertext.encode()).decode() if ciphertext else ""
    except InvalidToken:
        return ""


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"ocpi.core.secrets" + secret.encode()).digest())
