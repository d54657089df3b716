"""Encrypted fields that cannot quietly go wrong, on django-encrypted-model-fields (Fernet, a list of keys).

The package's raw fields corrupt on `bulk_update`, show the ciphertext on a wrong key, decrypt what users
type and filter silently wrong; each is closed here and kept as a test. Known limit: swapping two rows'
ciphertexts is not noticed (docs/threat-model.md).
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError
from django.db.models import Case, Value
from django.db.models.functions import Cast
from encrypted_model_fields import fields as emf


class StrictEncryption(emf.EncryptedMixin):
    """Put before a package field: decrypts only what comes from the database, refuses expressions and filters."""

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        """The plain value; raises `cryptography.fernet.InvalidToken` when no key of ours made the ciphertext."""
        if value is None:
            return None
        return super(emf.EncryptedMixin, self).to_python(emf.decrypt_str(value))  # type: ignore[misc]

    def to_python(self, value: Any) -> Any:
        return super(emf.EncryptedMixin, self).to_python(value)  # type: ignore[misc]

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "resolve_expression"):
            self._only_plain_leaves(value)
            return value
        return super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: look it up by its keyed hash.")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: it has no {lookup_name}.")

    def _only_plain_leaves(self, expression: Any) -> None:
        """Allow what `bulk_update` builds (Cast of Case of our own values, encrypted later), nothing else."""
        if isinstance(expression, Cast):
            self._only_plain_leaves(expression.get_source_expressions()[0])
        elif isinstance(expression, Case):
            for leaf in [*(case.result for case in expression.cases), expression.default]:
                self._only_plain_leaves(leaf)
        elif not (isinstance(expression, Value) and _is_plain(expression)):
            raise FieldError(f"{self.name} is encrypted: assign a plain value, not an expression.")


def _is_plain(value: Value) -> bool:
    """A value that will pass through an encrypted field on its way in, or NULL."""
    return value.value is None or isinstance(getattr(value, "_output_field_or_none", None), StrictEncryption)


class EncryptedText(StrictEncryption, emf.EncryptedTextField):
    """Text of any length, encrypted at rest."""


class Unreadable(str):
    """Stands for a value that no key of ours opens. It is never written."""


class EncryptedTextIfReadable(EncryptedText):
    """Text whose readers ask whether it could be opened: one row that cannot leaves those beside it readable."""

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        try:
            return super().from_db_value(value, expression, connection, *args)
        except InvalidToken:
            return Unreadable()

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Unreadable):
            raise ValueError(f"{self.name} could not be opened, and would be lost if it were saved.")
        return super().get_db_prep_save(value, connection)

    def deconstruct(self) -> Any:
        """The column is the same: no migration."""
        name, _, args, kwargs = super().deconstruct()
        return name, f"{EncryptedText.__module__}.{EncryptedText.__name__}", args, kwargs


class EncryptedChar(StrictEncryption, emf.EncryptedCharField):
    """Text with a `max_length` in characters (of the plain value), encrypted at rest."""


def encrypt(plain: str) -> str:
    """The ciphertext of a plain value under the newest key, for COPY and other set-based writes."""
    token = emf.encrypt_str(plain)
    return token.decode() if isinstance(token, bytes) else token


def decrypt(token: str) -> str:
    """The plain value; raises `cryptography.fernet.InvalidToken` when no key of ours made it."""
    return str(emf.decrypt_str(token))
