"""The characters of a page, from its bytes.

The order of evidence is that of browsers: a byte-order mark, the header of HTTP, the page's own <meta> or XML
declaration, what the bytes look like
(https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding). Labels mean what browsers take
them for (https://encoding.spec.whatwg.org/#names-and-labels): "iso-8859-1" is windows-1252.

Unlike a browser, this passes over a declaration that the bytes contradict: one under which too many are no characters,
or one of another encoding although they are UTF-8 with more than ASCII in it. Whoever reads in a browser sees that
something is wrong; a model may take it for what the page says.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer
import webencodings

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
SEARCHED = 4096  # bytes for a declaration; the standard asks authors for the first 1,024, which not all keep to
DAMAGED = 0.02  # of the bytes beyond ASCII, which may be no characters of an encoding that is the right one
SAMPLED = 32_768  # bytes of which the looks are judged; more would take longer and show no more
COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
DECLARATION = re.compile(  # in <meta charset>, <meta http-equiv content="...; charset=">, <?xml encoding="">
    rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([\w.:-]+)"
    rb"|\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
# What may be found by looks: Unicode and the legacy encodings that are in use on the web.
FOUND = (
    "utf_8",
    "utf_16_le",
    "utf_16_be",
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jp",
    "iso2022_jp",
    "cp949",
    "koi8_r",
    "cp866",
    "cp874",
    "iso8859_2",
    "iso8859_5",
    "iso8859_7",
    "iso8859_8",
    *(f"cp125{number}" for number in range(9)),
)


def decoded(body: bytes, header: str, html: bool = True) -> str:
    """Return the text of a page's bytes; bytes that are no characters become U+FFFD.

    Args:
        body: the bytes.
        header: the charset in the HTTP header; an empty string where there is none.
        html: whether the page may declare an encoding itself.
    """
    for mark, name in MARKS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if codec := _utf_16_without_mark(body):
        return body.decode(codec, "replace")
    declared = [name for name in (_codec(header), _codec(_own_declaration(body) if html else "")) if name]
    beyond_ascii = len(body) - len(body.decode("ascii", "ignore"))
    for name in declared if body.isascii() else ["utf-8", *declared]:
        text = body.decode(name, "replace")
        if text.count("\ufffd") <= DAMAGED * beyond_ascii:
            return text
    return body.decode(_by_looks(body) or (declared or ["utf-8"])[0], "replace")


def _utf_16_without_mark(body: bytes) -> str | None:
    """Every second byte of ASCII characters, of which at least the tags are made, is then 0."""
    start = body[:1024]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 8 < len(start) or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _own_declaration(body: bytes) -> str:
    found = DECLARATION.search(COMMENT.sub(b"", body[:SEARCHED]))
    return (found[1] or found[2]).decode("ascii", "replace") if found else ""


def _codec(label: str) -> str | None:
    """The codec of a label; None where it is unknown, or is one that the bytes cannot be in."""
    encoding = webencodings.lookup(label)
    # Bytes of UTF-16 have been found by now; a label that says so in a page that can be searched for it is wrong.
    if encoding is None or encoding.name in ("utf-16le", "utf-16be", "replacement", "x-user-defined"):
        return None
    return "gb18030" if encoding.name == "gbk" else encoding.codec_info.name  # of which GBK is a part


def _by_looks(body: bytes) -> str | None:
    best = charset_normalizer.from_bytes(body[:SAMPLED], cp_isolation=list(FOUND)).best()
    return best.encoding if best else None
