"""Files on their way in: up to 2 MB in memory, larger ones in a nameless temporary file that holds only ciphertext.

Its key lives in the memory of this process and dies with the request; the file has no name, so a killed
process leaves nothing behind. Django's own handler would write patients' lists plain to the temporary folder.
"""

from __future__ import annotations

import secrets
import tempfile
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

BLOCK = 16  # bytes of AES


class OnlyMembers(FileUploadHandler):
    """Nobody who is not signed in has a file to give: theirs are read past, kept nowhere."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        return None


class SealedUploads(FileUploadHandler):
    """Keeps what the handler before it left. Past `FILE_UPLOAD_KEPT_AT_MOST` bytes nothing more is written: the form,
    which sees the whole size, refuses such a file with its own sentence.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file: Any = SealedFile()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= settings.FILE_UPLOAD_KEPT_AT_MOST:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        return UploadedFile(
            self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()


class SealedFile:
    """Bytes in a nameless file, AES-256 in counter mode under a key nobody else knows."""

    def __init__(self) -> None:
        self._stored = tempfile.TemporaryFile()  # noqa: SIM115  closed with the request, or with us
        self._key = secrets.token_bytes(32)
        self._first = int.from_bytes(secrets.token_bytes(BLOCK), "big")

    def write(self, plain: bytes) -> int:
        return self._stored.write(self._crossed(plain))

    def read(self, size: int | None = -1) -> bytes:
        at = self._stored.tell()
        stored = self._stored.read(-1 if size is None else size)
        return self._crossed(stored, at)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stored.seek(offset, whence)

    def tell(self) -> int:
        return self._stored.tell()

    def close(self) -> None:
        self._stored.close()

    @property
    def closed(self) -> bool:
        return self._stored.closed

    def _crossed(self, data: bytes, at: int | None = None) -> bytes:
        """Plain to sealed or back, for bytes that begin at `at` (default: where we stand)."""
        blocks, within = divmod(self._stored.tell() if at is None else at, BLOCK)
        counter = (self._first + blocks) % 2 ** (8 * BLOCK)
        stream = Cipher(AES(self._key), CTR(counter.to_bytes(BLOCK, "big"))).encryptor()
        stream.update(bytes(within))
        return stream.update(data)
