"""AES-128-CBC encryption, to check the passwords that clients send encrypted.

The emulator knows every password, so it encrypts the known one and compares; it needs no decryption and no
dependency. Not for protecting anything: this code takes a time that depends on its data.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

BLOCK: Final = 16
ROUNDS: Final = 10
REDUCTION: Final = 0x11B
SHIFTED: Final = tuple((4 * (column + row) + row) % BLOCK for column in range(4) for row in range(4))
"""Where ShiftRows takes each byte of the column-wise state from (FIPS-197, 5.1.2)."""


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ REDUCTION if value >> 8 else value


def _substitutions() -> bytes:
    """Compute the S-box: the inverse in GF(2^8), then the affine map (FIPS-197, 5.1.1)."""
    box = bytearray(256)
    power, inverse = 1, 1
    while True:
        power = power ^ _doubled(power)  # times 3, a generator of the field
        for shift in (1, 2, 4):  # divided by 3
            inverse ^= inverse << shift
        inverse &= 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        spread = inverse
        for turn in range(1, 5):
            spread ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
        box[power] = spread ^ 0x63
        if power == 1:
            break
    box[0] = 0x63
    return bytes(box)


SBOX: Final = _substitutions()


def _round_keys(key: bytes) -> list[bytes]:
    words = [key[at : at + 4] for at in range(0, BLOCK, 4)]
    constant = 1
    for index in range(4, 4 * (ROUNDS + 1)):
        word = words[-1]
        if index % 4 == 0:
            word = bytes(SBOX[byte] for byte in word[1:] + word[:1])
            word = bytes((word[0] ^ constant, *word[1:]))
            constant = _doubled(constant)
        words.append(_xor(words[index - 4], word))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _mixed(column: bytes) -> bytes:
    """Mix one column (FIPS-197, 5.1.3)."""
    every = column[0] ^ column[1] ^ column[2] ^ column[3]
    return bytes(column[row] ^ every ^ _doubled(column[row] ^ column[(row + 1) % 4]) for row in range(4))


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt 16 bytes with a key of 16 bytes."""
    return _encrypted(_round_keys(key), block)


def _encrypted(keys: list[bytes], block: bytes) -> bytes:
    state = _xor(block, keys[0])
    for number in range(1, ROUNDS + 1):
        state = bytes(SBOX[state[place]] for place in SHIFTED)
        if number < ROUNDS:
            state = b"".join(_mixed(state[at : at + 4]) for at in range(0, BLOCK, 4))
        state = _xor(state, keys[number])
    return state


def encrypt_cbc(key: bytes, initial: bytes, plain: bytes) -> bytes:
    """Encrypt with chained blocks and PKCS7 padding."""
    padding = BLOCK - len(plain) % BLOCK
    padded = plain + bytes([padding]) * padding
    keys, blocks = _round_keys(key), list[bytes]()
    before = initial
    for at in range(0, len(padded), BLOCK):
        before = _encrypted(keys, _xor(padded[at : at + BLOCK], before))
        blocks.append(before)
    return b"".join(blocks)


def encrypted_password(password: str, random: str) -> str:
    """Encrypt a password as Quectel's apps do (contract: auth.password).

    Key: characters 8 to 24 of the upper-case hex MD5 of `random`. Initialisation vector: the key's halves, swapped.
    """
    digest = hashlib.md5(random.encode(), usedforsecurity=False).hexdigest().upper()
    key = digest[8:24].encode()
    return base64.b64encode(encrypt_cbc(key, key[8:] + key[:8], password.encode())).decode()
