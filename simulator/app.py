"""The simulator as one aiohttp application with its DNS and SMTP servers."""

from __future__ import annotations

from aiohttp import web

from simulator import (
    addresses,
    control,
    pages,
    providers,
    sendgrid_account,
    sendgrid_api,
    twilio_api,
    twilio_consents,
    twilio_deactivations,
    twilio_lookups,
    twilio_media,
    twilio_numbers,
    twilio_registration,
    twilio_tollfree,
)
from simulator.exchange import EXCHANGE, Exchange

LARGEST_REQUEST = 30 * 1024 * 1024  # SendGrid takes mails of up to 30 MB


def application(exchange: Exchange) -> web.Application:
    """Every HTTP route: the providers' APIs, `/_/`, and the page."""
    app = web.Application(
        middlewares=[providers.provider_line, control.plain_errors], client_max_size=LARGEST_REQUEST
    )
    app[EXCHANGE] = exchange
    for module in (
        twilio_api,
        twilio_consents,
        twilio_deactivations,
        twilio_lookups,
        twilio_media,
        twilio_numbers,
        twilio_registration,
        twilio_tollfree,
        sendgrid_api,
        sendgrid_account,
        control,
        addresses,
        pages,
    ):
        app.add_routes(module.routes)
    return app
