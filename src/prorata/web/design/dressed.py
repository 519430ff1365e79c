"""Dressed: a page with its styles and first script in it, drawn without a second request.

They are packed once and for all. What is a visitor's own is sent as it is, in the same stream:
packed together with what others may put into an address, its length would tell of its secrets.
"""

import re
import struct
import zlib
from functools import cache

from prorata.web.design.assets import PREFIX, bare

# A stylesheet's link, and a script that has the address of another in the place of its text.
STYLE = rf'<link rel="stylesheet" href="/{PREFIX}/\w+/([\w/]+\.css)">\n?'
SCRIPT = rf"(?<=>)/{PREFIX}/\w+/([\w/]+\.js)(?=</script>)"
PLACE = re.compile(f"{STYLE}|{SCRIPT}")
# A gzip stream without a name or a time, and the empty block that ends what is packed in it.
HEAD, END = b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\x03\0"


def dressed(html: str, nonce: str, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Return a page with the styles and the script that it names, and how it is packed, as headers.

    nonce: what allows the styles. accepted: the browser's Accept-Encoding.
    """
    opened, closed = f'<style nonce="{nonce}">'.encode(), b"</style>\n"
    parts: list[tuple[bytes, bytes | None]] = []
    own = b""
    texts = PLACE.split(html)
    for text, style, script in zip(texts[::3], texts[1::3], texts[2::3], strict=False):
        own += text.encode() + (opened if style else b"")
        name = style or script
        parts += [(own, None), (bare(name), _packed_bare(name))]
        own = closed if style else b""
    parts.append((own + texts[-1].encode(), None))
    plain = b"".join(text for text, _ in parts)
    vary = {"vary": "accept-encoding"}
    if "gzip" not in accepted:
        return plain, vary
    body = b"".join(_packed(text, 0) if packed is None else packed for text, packed in parts)
    sums = struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return HEAD + body + END + sums, {**vary, "content-encoding": "gzip"}


@cache
def _packed_bare(name: str) -> bytes:
    return _packed(bare(name), 9)


def _packed(text: bytes, level: int) -> bytes:
    """Return whole blocks of a stream, which refer to nothing before; level 0 packs nothing."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
