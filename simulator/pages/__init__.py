"""The page at `/`: phones and mailboxes side by side, faults, and the log of calls."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

routes = web.RouteTableDef()

HERE = Path(__file__).parent
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/")
async def index(request: web.Request) -> web.Response:
    return web.Response(
        body=(HERE / "index.html").read_bytes(),
        content_type="text/html",
        charset="utf-8",
        headers={
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        },
    )


@routes.get("/pages/{name}")
async def asset(request: web.Request) -> web.Response:
    """The page's own files, by exact name."""
    path = HERE / request.match_info["name"]
    if path.parent != HERE or path.suffix not in KINDS or not path.is_file():
        raise web.HTTPNotFound(text="There is no such file.")
    return web.Response(
        body=path.read_bytes(),
        content_type=KINDS[path.suffix],
        charset="utf-8",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"},
    )
