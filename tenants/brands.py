"""A client's logo and colour on the pages that its people see: approvals, preferences, sign-up.

Both are served from our own address, by a signed key that names one version of them, so a page needs no style of its own.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from tenants.drawing import plain
from tenants.models import Brand, Client

SALT = "tenants.brands"
READABLE = 4.5  # WCAG 2.2, 1.4.3: words of usual size
GROUNDS = (
    "#ffffff",
    "#f6f7f9",
)  # what words and links in the colour stand on; white words stand on the colour
MOST_BYTES = 2 * 1024 * 1024
BOX = (480, 120)  # pixels


@dataclass(frozen=True)
class Shown:
    """What a page needs of it."""

    name: str
    style: str  # the address of the style sheet with the colour; empty: ours
    logo: str  # the address of the logo; empty: none
    width: int
    height: int


def now(client: Client) -> Brand | None:
    """What holds, inside the client's scope."""
    found: Brand | None = Brand.objects.filter(client=client, ended_at=None).first()
    return found


def shown(client: Client) -> Shown:
    """The client's brand for a page, inside its scope: one query."""
    brand = now(client)
    if brand is None:
        return Shown(client.name, "", "", 0, 0)
    key = key_of(brand)
    return Shown(
        client.name,
        reverse("brand_style", args=[key]) if brand.colour else "",
        reverse("brand_logo", args=[key]) if brand.logo else "",
        brand.width // 2,  # drawn for fine screens
        brand.height // 2,
    )


def key_of(brand: Brand) -> str:
    """The signed key of one version, for its addresses."""
    return signing.dumps([brand.client_id, brand.pk], salt=SALT)


def named_by(key: str) -> tuple[int, int] | None:
    """The client and the version that a signed key names."""
    try:
        client_id, brand = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return client_id, brand


def drawn(given: bytes) -> tuple[str, int, int]:
    """A logo as a PNG of our own, base64, with its size. Raises drawing.Refused."""
    made, out = plain(given, MOST_BYTES, BOX), io.BytesIO()
    made.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode(), *made.size


def style(colour: str) -> str:
    """The style sheet of a colour. In the dark, words keep our own lighter tone; white on the colour is the same by day and night."""
    return f":root {{ --accent: light-dark({colour}, #9db1ff); --accent-fill: {colour}; }}\n"


def contrast(colour: str) -> float:
    """The least contrast of the colour to what it stands on (WCAG), to one."""
    mine = _luminance(colour)
    return min((_luminance(each) + 0.05) / (mine + 0.05) for each in GROUNDS)


def darker(colour: str) -> str:
    """The same hue, dark enough to be read on white."""
    parts = _parts(colour)
    for percent in range(100, -1, -2):
        made = "#" + "".join(f"{each * percent // 100:02x}" for each in parts)
        if contrast(made) >= READABLE:
            return made
    return "#000000"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (part / 255 for part in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
