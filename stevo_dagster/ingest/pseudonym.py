"""Pseudonyms of people: a keyed hash, so that nobody without the key can find a person's rows.

Belongs here: the key and the hash. Does not belong here: which lines are read with them
(`parse.py`).
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256

import pyarrow as pa

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import Settings

LENGTH = 32
MIN_KEY_BYTES = 16
_FIX = f"set it to a secret of at least {MIN_KEY_BYTES} characters, the same for ever"
_CACHED = 1_000_000


class Pseudonyms:
    """HMAC-SHA256 of user ids, as 32 hex digits.

    Args:
        key: the secret.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}

    def of(self, user_id: str) -> str:
        """The pseudonym of one person."""
        found = self._known.get(user_id)
        if found is None:
            if len(self._known) >= _CACHED:
                self._known.clear()
            found = hmac.new(self._key, user_id.encode(), sha256).hexdigest()[:LENGTH]
            self._known[user_id] = found
        return found

    def column(self, user_ids: pa.Array) -> pa.Array:
        """Pseudonyms of shape (n,); null stays null."""
        encoded = user_ids.dictionary_encode()
        named = [None if user is None else self.of(user) for user in encoded.dictionary.to_pylist()]
        return pa.array(named, pa.string()).take(encoded.indices)


def pseudonyms(settings: Settings, environ: Mapping[str, str] | None = None) -> Pseudonyms:
    """Pseudonyms with this home's key: STEVO_PSEUDONYM_KEY, or a file made at the first use.

    Raises:
        StevoError: the key is too short, or there is none in prod.
    """
    given = (os.environ if environ is None else environ).get("STEVO_PSEUDONYM_KEY")
    if given is not None:
        return Pseudonyms(_long_enough(given.encode(), "STEVO_PSEUDONYM_KEY"))
    path = settings.secrets / "pseudonym.key"
    if not path.exists():
        if settings.environment == "prod":
            raise StevoError(
                "no pseudonym key",
                where="STEVO_PSEUDONYM_KEY",
                fix=_FIX,
            )
        settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(path, secrets.token_hex(32))
    return Pseudonyms(_long_enough(path.read_bytes().strip(), str(path)))


def suppressed_users(settings: Settings) -> frozenset[str]:
    """Pseudonyms whose lines are counted and not kept."""
    path = settings.secrets / "suppressed_users.txt"
    if not path.exists():
        return frozenset()
    return frozenset(line.strip() for line in path.read_text().splitlines() if line.strip())


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise StevoError(
            f"the pseudonym key has {len(key)} bytes where at least {MIN_KEY_BYTES} are wanted",
            where=where,
            fix=_FIX,
        )
    return key


def _write_new(path: os.PathLike[str], text: str) -> None:
    """Write a key unless another process was first; it appears whole or not at all."""
    part = f"{os.fspath(path)}.{os.getpid()}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(part)
