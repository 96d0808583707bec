"""Uploaded files: what they really are, a harmless name, and encrypted storage."""

import hashlib
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from nexafi.core.crypto import DecryptionError
from nexafi.core.errors import BusinessRule, Conflict

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_ZIP_END: Final = b"PK\x05\x06"  # end of central directory: what makes a file also a ZIP, JAR or Office document
_ZIP_TAIL: Final = 65_535 + 22  # a ZIP reader looks for it this far from the end


class DocumentRefused(BusinessRule):
    """The uploaded file is not a document that can be kept."""

    code, title = "document_refused", "The document was refused"


class DocumentTooLarge(DocumentRefused):
    """Above MAX_FILE_BYTES."""

    code, status, title = "document_too_large", 413, "The document is too large"


class StoredFileAltered(Conflict):
    """The stored file is gone, or is not what was uploaded."""

    code, title = "stored_file_altered", "The stored file is missing or was altered"


def media_type_of(content: bytes) -> str:
    """application/pdf, image/jpeg or image/png, judged by the whole structure of the content, never by a name.

    Raises DocumentTooLarge, and DocumentRefused for anything else, also for a file that is two formats at once.
    """
    if len(content) > MAX_FILE_BYTES:
        raise DocumentTooLarge(f"A document has at most {MAX_FILE_BYTES // 2**20} MB.", pointer="/file")
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


def digest_of(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class FileStore:
    """Files of one table, each encrypted for its row alone and stored under the row's id."""

    directory: str
    table: str

    def save(self, row_id: UUID, content: bytes) -> None:
        """Write the content of a row."""
        envelope = settings.FIELD_KEYS.encrypt(content, place=self._place(row_id))
        default_storage.save(self._path(row_id), ContentFile(envelope))

    def load(self, row_id: UUID, *, sha256: str) -> bytes:
        """The plain content. Raises StoredFileAltered when the file is gone, was altered or exchanged, or when its
        content has another digest."""
        try:
            with default_storage.open(self._path(row_id), "rb") as file:
                content: bytes = settings.FIELD_KEYS.decrypt(file.read(), place=self._place(row_id))
        except (OSError, DecryptionError) as error:
            raise StoredFileAltered from error
        if digest_of(content) != sha256:
            raise StoredFileAltered
        return content

    def discard(self, row_id: UUID) -> None:
        """Remove a file whose row was never committed."""
        default_storage.delete(self._path(row_id))

    def _path(self, row_id: UUID) -> str:
        return f"{self.directory}/{row_id.hex}"

    def _place(self, row_id: UUID) -> str:
        return f"{self.table}|file|{row_id}"
