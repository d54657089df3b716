"""A PDF that shows any later change: signed with a key of ours by pyHanko, without any network.

The certificate is self-signed and always the same for the same keys, so that two documents can be seen to
come from one installation; nobody else vouches for it (docs/approval.md).
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tenants.sealing_keys import seed

PURPOSE = b"clear-to-send seal of documents, 1"
FIELD = "Seal"
# Fixed, so that the certificate is the same on every machine with the same keys.
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2076, 1, 1, tzinfo=UTC)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def sealed(pdf: bytes, reason: str) -> bytes:
    """The document with an invisible seal over all of it; no change is allowed afterwards."""
    # A second and 45 MB, which only those pay who seal.
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import MDPPerm
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key, certificate = _key(), certificate_der()
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, reason=reason, name="Clear to Send", md_algorithm="sha256", certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )  # fmt: skip
    out: bytes = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer=signer).getvalue()
    return out


def is_intact(pdf: bytes) -> bool:
    """Whether the whole document is as we sealed it, by our own certificate."""
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    roots = [asn1_x509.Certificate.load(certificate_der())]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    try:
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        status = validate_pdf_signature(signature, context)
    except (PdfReadError, SigningError, SignatureValidationError, ValueError, KeyError, TypeError):
        return False
    return bool(status.bottom_line and status.coverage is SignatureCoverageLevel.ENTIRE_FILE)


@cache
def certificate_der() -> bytes:
    """The certificate that the seals carry, DER."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "clear-to-send"
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Clear to Send"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Document seal of {host}"[:64]),
        ]
    )
    key = _key()
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(seed(PURPOSE + b" serial")[:16], "big") >> 1)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(serialization.Encoding.DER)


def certificate_sha256() -> str:
    """What a PDF reader shows as the certificate's SHA-256 fingerprint, in hex."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate_der())
    return digest.finalize().hex()


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(seed(PURPOSE), "big") % (_ORDER - 1) + 1, ec.SECP256R1())
