"""Two names of a certificate: the random serial, and the number to read aloud."""

import secrets

from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK = ALPHABET + "*~$=U"
BITS = 80

# Who a training was for, as one letter of the number (R3.4).
LETTERS = {
    "PRINCIPAL": "Z",
    "SAFETY_MANAGER": "G",
    "SPECIAL_OPERATOR": "T",
    "OTHER_STAFF": "Q",
    "SUPERVISOR": "J",
    "OH_SUPERVISOR": "D",
    "OH_HEAD": "W",
    "OH_WORKER": "W",
}


def new_serial() -> str:
    """Return 80 random bits in Crockford's base 32 with its check character."""
    return serial_of(secrets.randbits(BITS).to_bytes(BITS // 8))


def serial_of(value: bytes) -> str:
    """Return the serial of ten bytes: 16 characters and the check character."""
    number = int.from_bytes(value)
    text = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return text + CHECK[number % 37]


def serial_bytes(serial: str) -> bytes:
    """Return the ten bytes of a serial; ``ValueError`` if its check is wrong."""
    number = 0
    for character in serial[:-1]:
        number = number << 5 | ALPHABET.index(character)
    if len(serial) != BITS // 5 + 1 or CHECK[number % 37] != serial[-1]:
        raise ValueError("serial: wrong check character")
    return number.to_bytes(BITS // 8)


def format_number(year: int, letter: str, count: int) -> str:
    """Return ``WC`` + year + letter + six digits + Luhn digit (R3.4)."""
    return f"WC{year}{letter}{count:06d}{luhn.calc_check_digit(f'{year}{count:06d}')}"
