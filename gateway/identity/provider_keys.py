"""The keys of the sign-in provider: signatures are verified by them, and a new one is found when it is first used."""

from collections.abc import Callable
from typing import Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from gateway.identity.provider_wire import ProviderWire, SignInFailed

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures that are taken: those by a key that only the provider has. A shared secret or none proves nothing."""
KEPT: Final = 3_600.0
_AGAIN: Final = 10.0
"""Seconds between two fetches of the keys, whoever presents unknown ones."""


class ProviderKeys:
    """The published keys, kept for an hour. What was true an hour ago serves while the provider is away."""

    def __init__(self, wire: ProviderWire, clock: Callable[[], float]) -> None:
        self._wire = wire
        self._clock = clock
        self._keys: tuple[float, KeySet] | None = None

    async def decoded(self, signed: str, url: str, algorithms: frozenset[str]) -> jwt.Token:
        """What is signed. Shape: `url` is where the keys are published. Raises: SignInFailed."""
        for age in (KEPT, _AGAIN):
            keys = await self._known(url, age)
            try:
                return jwt.decode(signed, keys, sorted(algorithms & ALGORITHMS))
            except InvalidKeyIdError:
                continue  # the provider may have taken a new key since
            except (JoseError, ValueError, TypeError) as problem:
                raise SignInFailed("ID_TOKEN_INVALID", f"signature of the ID token: {told(problem)}") from None
        raise SignInFailed("ID_TOKEN_INVALID", "the ID token is signed with a key that the provider does not publish")

    async def _known(self, url: str, age: float) -> KeySet:
        if self._keys is not None and self._clock() - self._keys[0] < age:
            return self._keys[1]
        try:
            published = (await self._wire.json("GET", url)).get("keys")
            theirs = [each for each in published if _may_sign(each)] if isinstance(published, list) else []
            keys = KeySet.import_key_set({"keys": theirs})
        except SignInFailed as problem:
            if self._keys is None or problem.code != "PROVIDER_UNAVAILABLE":
                raise
            return self._keys[1]
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            raise SignInFailed("PROVIDER_INVALID", f"the provider's keys: {told(problem)}") from None
        self._keys = self._clock(), keys
        return keys


def _may_sign(key: object) -> bool:
    """Whether a published key may be one for signatures."""
    return isinstance(key, dict) and key.get("use", "sig") == "sig"


def told(problem: Exception) -> str:
    """A library's error by its short name, which holds nothing of what was read."""
    return str(getattr(problem, "error", None) or type(problem).__name__)
