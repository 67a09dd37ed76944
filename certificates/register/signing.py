"""The signed token behind a QR code: COSE_Sign1 with ES256 and integer keys.

Private keys live in ``settings.SIGNING_KEYS_DIR``, outside the database, one file
each (mode 0600); ``keys.json`` beside them holds the public halves with their
windows. Signing is deterministic, so the same facts give the same bytes. A token
proves who wrote it; whether it is worth anything the register says.
"""

import base64
import datetime as dt
import json
import os
from dataclasses import dataclass
from functools import cache, lru_cache

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from django.conf import settings

from certificates.exceptions import KeyRevoked, SigningKeyMissing, TokenRefused
from certificates.register.serials import serial_bytes, serial_of

VERSION = 1
ES256 = -7
COSE_SIGN1 = 18
EPOCH = dt.date(2000, 1, 1)
MAX_TOKEN = 600
PUBLIC_FILE = "keys.json"
SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
VERIFY = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True)
class Claims:
    """What a token says. ``name`` is masked; there is no number in it."""

    serial: str
    kind: str
    subject: str
    issued_on: dt.date
    valid_to: dt.date | None
    name: str


@dataclass(frozen=True)
class PublicKey:
    """The public half of a signing key, and when it signed."""

    kid: int
    x: str
    y: str
    signs_from: str
    signs_to: str | None
    revoked_on: str | None

    @property
    def verifier(self) -> ec.EllipticCurvePublicKey:
        """The key itself."""
        return _verifier(self.x, self.y)


def public_keys() -> dict[int, PublicKey]:
    """Return every public key by key id, read again when the file has changed."""
    path = settings.SIGNING_KEYS_DIR / PUBLIC_FILE
    try:
        changed = os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return {}
    return _read_keys(str(path), changed)


def make_key(*, today: dt.date) -> PublicKey:
    """Make a new signing key; the one before it stops signing but still verifies."""
    folder = settings.SIGNING_KEYS_DIR
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = public_keys()
    kid = max(keys, default=0) + 1
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.open(_private_path(kid), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    numbers = private.public_key().public_numbers()
    rows = [
        vars(key) | ({"signs_to": today.isoformat()} if not key.signs_to else {})
        for key in keys.values()
    ]
    rows.append(
        {
            "kid": kid,
            "x": _b64(numbers.x.to_bytes(32)),
            "y": _b64(numbers.y.to_bytes(32)),
            "signs_from": today.isoformat(),
            "signs_to": None,
            "revoked_on": None,
        }
    )
    _write_keys(rows)
    return public_keys()[kid]


def revoke_key(kid: int, *, today: dt.date) -> None:
    """Take the trust from a key: nothing it signed is proved by signature any more."""
    rows = [
        vars(key) | ({"revoked_on": today.isoformat()} if key.kid == kid else {})
        for key in public_keys().values()
    ]
    _write_keys(rows)


def sign(claims: Claims) -> str:
    """Return the token of some facts: upper-case base 32, deterministic.

    Raises ``SigningKeyMissing`` where no key signs at present.
    """
    kid = signing_kid()
    protected = _header(kid)
    payload = _dump(
        {
            1: VERSION,
            2: serial_bytes(claims.serial),
            3: claims.kind,
            4: claims.subject,
            5: (claims.issued_on - EPOCH).days,
            6: (claims.valid_to - EPOCH).days if claims.valid_to else None,
            7: claims.name,
        }
    )
    r, s = decode_dss_signature(
        _private_key(kid).sign(_signed(protected, payload), SIGN)
    )
    signature = r.to_bytes(32) + s.to_bytes(32)
    message = cbor2.CBORTag(COSE_SIGN1, [protected, {}, payload, signature])
    return base64.b32encode(_dump(message)).decode().rstrip("=")


def signing_kid() -> int:
    """Return the id of the key that signs now; raises ``SigningKeyMissing``."""
    live = [k.kid for k in public_keys().values() if not (k.signs_to or k.revoked_on)]
    if not live:
        raise SigningKeyMissing
    return max(live)


def normalise(text: str) -> str:
    """Return a token in its one canonical spelling; raises ``TokenRefused``.

    Phones turn addresses to lower case as a whole; a mixture is no token. Nor is
    what only becomes ASCII in upper case: the long ſ, the dotless ı.
    """
    token = text.upper()
    spelled = text.isascii() and text in (token, text.lower())
    if len(text) > MAX_TOKEN or not spelled:
        raise TokenRefused
    return token


def read(text: str) -> Claims:
    """Return what a rightly signed token says; raises ``TokenRefused`` otherwise.

    The encoding is strict: one token has exactly one spelling. Signed by a revoked
    key it raises ``KeyRevoked``.
    """
    return _read(normalise(text), public_keys_version())


def public_keys_version() -> int:
    """Return a number that changes when a key is made or revoked."""
    try:
        return os.stat(settings.SIGNING_KEYS_DIR / PUBLIC_FILE).st_mtime_ns
    except FileNotFoundError:
        return 0


@lru_cache(maxsize=4096)
def _read(token, version):
    try:
        raw = base64.b32decode(token + "=" * (-len(token) % 8))
        if base64.b32encode(raw).decode().rstrip("=") != token:
            raise TokenRefused
        protected, payload, signature = _parts(raw)
        key = _key_of(protected)
        der = encode_dss_signature(
            int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        )
        key.verifier.verify(der, _signed(protected, payload), VERIFY)
        said = _claims(cbor2.loads(payload))
    except (
        InvalidSignature,
        cbor2.CBORError,
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
    ) as error:
        raise TokenRefused from error
    if key.revoked_on:
        raise KeyRevoked(said)
    return said


def _parts(raw):
    """Return header, payload and signature, in the one shape that ``sign`` writes.

    The decoder makes dates, mail and regular expressions of what a stranger sent:
    nothing but bytes goes on, and the payload is read only once its signature is
    verified.
    """
    message = cbor2.loads(raw)
    if not isinstance(message, cbor2.CBORTag) or message.tag != COSE_SIGN1:
        raise TokenRefused
    match message.value:
        case [bytes(protected), {**nothing}, bytes(payload), bytes(signature)] if (
            not nothing and len(signature) == 64 and _dump(message) == raw
        ):
            return protected, payload, signature
    raise TokenRefused


def _key_of(protected):
    """Return the key a header names, which says nothing else but the algorithm."""
    for key in public_keys().values():
        if protected == _header(key.kid):
            return key
    raise TokenRefused


def _claims(fields):
    if fields[1] != VERSION:
        raise TokenRefused
    return Claims(
        serial=serial_of(fields[2]),
        kind=fields[3],
        subject=fields[4],
        issued_on=EPOCH + dt.timedelta(fields[5]),
        valid_to=None if fields[6] is None else EPOCH + dt.timedelta(fields[6]),
        name=fields[7],
    )


def _header(kid):
    return _dump({1: ES256, 4: bytes([kid])})


def _signed(protected, payload):
    return _dump(["Signature1", protected, b"", payload])


def _dump(value):
    return cbor2.dumps(value, canonical=True)


def _b64(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private_path(kid):
    return settings.SIGNING_KEYS_DIR / f"signing-{kid}.pem"


@lru_cache(maxsize=4)
def _read_keys(path, changed):
    with open(path, encoding="utf-8") as file:
        return {row["kid"]: PublicKey(**row) for row in json.load(file)["keys"]}


def _write_keys(rows):
    path = settings.SIGNING_KEYS_DIR / PUBLIC_FILE
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"keys": rows}, indent=1), encoding="utf-8")
    draft.replace(path)


def _private_key(kid):
    return _load_private(str(_private_path(kid)))


@cache
def _load_private(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), password=None)


@cache
def _verifier(x, y):
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(_unb64(x)), int.from_bytes(_unb64(y)), ec.SECP256R1()
    )
    return numbers.public_key()
