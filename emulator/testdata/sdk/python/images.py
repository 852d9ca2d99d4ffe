"""Images to verify against, made here so that the suite carries no portrait."""

import hashlib
import struct

HEADER = 54

# What the service's digests and hashes look like.
DIGEST = r"[0-9A-F]{64}"


def bmp(width, height):
    """An uncompressed 24-bit BMP of one grey."""
    pixels = b"\x80" * ((width * 3 + 3) // 4 * 4 * height)
    file = struct.pack("<2sIHHI", b"BM", HEADER + len(pixels), 0, 0, HEADER)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return file + info + pixels


def sha256(content):
    """A hash as the service prints it: SHA-256 in upper-case hexadecimal."""
    return hashlib.sha256(content).hexdigest().upper()
