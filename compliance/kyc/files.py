"""Uploaded files: what they really are, a harmless name, and encrypted storage."""

import struct
import unicodedata
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from compliance.exceptions import DocumentRefused, DocumentTooLarge
from compliance.kyc.constants import MAX_DOCUMENT_BYTES

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_ZIP_END: Final = b"PK\x05\x06"  # end of central directory: what makes a file also a ZIP, JAR or Office document
_ZIP_TAIL: Final = 65_535 + 22  # a ZIP reader looks for it this far from the end


def media_type_of(content: bytes) -> str:
    """application/pdf, image/jpeg or image/png, judged by the whole structure of the content, never by a name.

    Raises DocumentTooLarge, and DocumentRefused for anything else, also for a file that is two formats at once.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLarge(f"A document has at most {MAX_DOCUMENT_BYTES // 2**20} MB.", pointer="/file")
    if _ZIP_END not in content[-_ZIP_TAIL:]:
        for media_type, is_one in _FORMATS.items():
            if is_one(content):
                return media_type
    raise DocumentRefused("Upload a complete PDF, JPEG or PNG file.", pointer="/file")


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and content.rstrip(b"\r\n \t\x00").endswith(b"%%EOF")


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\x00").endswith(b"\xff\xd9")


def _is_png(content: bytes) -> bool:
    """Walks the chunks: the file ends with IEND and nothing after it (PNG specification, section 5)."""
    place = len(_PNG)
    if not content.startswith(_PNG) or content[place + 4 : place + 8] != b"IHDR":
        return False
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        name = content[place + 4 : place + 8]
        place += length + 12
        if name == b"IEND":
            return place == len(content)
    return False


_FORMATS: Final[dict[str, Callable[[bytes], bool]]] = {
    "application/pdf": _is_pdf,
    "image/jpeg": _is_jpeg,
    "image/png": _is_png,
}


def display_name(given: str) -> str:
    """The last part of a client's file name without control or formatting characters, at most 120 long."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(". ")
    return name[-120:] or "document"


def store(document_id: UUID, content: bytes) -> None:
    """Write the content, encrypted for this document alone, under its id."""
    envelope = settings.FIELD_KEYS.encrypt(content, place=_place(document_id))
    default_storage.save(_path(document_id), ContentFile(envelope))


def load(document_id: UUID) -> bytes:
    """The plain content. Raises DecryptionError when the stored file was altered or exchanged."""
    with default_storage.open(_path(document_id), "rb") as file:
        opened: bytes = settings.FIELD_KEYS.decrypt(file.read(), place=_place(document_id))
    return opened


def discard(document_id: UUID) -> None:
    """Remove a file whose row was never committed."""
    default_storage.delete(_path(document_id))


def _path(document_id: UUID) -> str:
    return f"kyc/{document_id.hex}"


def _place(document_id: UUID) -> str:
    return f"compliance_kycdocument|file|{document_id}"
