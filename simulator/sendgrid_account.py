"""What a SendGrid account shows of itself: event webhook, domains, suppressions."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from simulator import sendgrid_events
from simulator.exchange import exchange_of
from simulator.providers import as_json, whole
from simulator.sendgrid_api import json_body, refuse, signed_in
from simulator.world import SendGridAccount

routes = web.RouteTableDef()

SWITCHES = (
    "group_resubscribe",
    "delivered",
    "group_unsubscribe",
    "spam_report",
    "bounce",
    "deferred",
    "unsubscribe",
    "processed",
    "open",
    "click",
    "dropped",
)
USER = 1000001


def _not_found() -> web.HTTPException | Exception:
    return refuse("Invalid id provided.", status=404)


def _own_webhook(request: web.Request) -> SendGridAccount:
    """The account, when the id in the address (if any) is its webhook's."""
    account = signed_in(request)
    if request.match_info.get("id", account.webhook_id) != account.webhook_id:
        raise _not_found()
    return account


def _settings(account: SendGridAccount) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "enabled": bool(account.event_url),
        "url": account.event_url,
        **{name: account.events.get(name, True) for name in SWITCHES},
        "friendly_name": "Events",
        "id": account.webhook_id,
    }
    return shown | ({"public_key": account.public_key} if account.signed else {})


@routes.get("/v3/user/webhooks/event/settings/all")
async def all_webhooks(request: web.Request) -> web.Response:
    return as_json({"max_allowed": 5, "webhooks": [_settings(_own_webhook(request))]})


@routes.get("/v3/user/webhooks/event/settings")
@routes.get("/v3/user/webhooks/event/settings/{id}")
async def webhook(request: web.Request) -> web.Response:
    # An address ending in /signed is the signature of the only webhook, not a webhook called so.
    if request.path.endswith("/signed"):
        return as_json(_signed(signed_in(request)))
    return as_json(_settings(_own_webhook(request)))


@routes.patch("/v3/user/webhooks/event/settings")
@routes.patch("/v3/user/webhooks/event/settings/{id}")
async def change_webhook(request: web.Request) -> web.Response:
    body = await json_body(request)
    if request.path.endswith("/signed"):
        return as_json(_switch_signature(signed_in(request), body))
    account = _own_webhook(request)
    account.event_url = body.get("url", account.event_url)
    account.events.update({name: bool(body[name]) for name in SWITCHES if name in body})
    if body.get("enabled") is False:
        account.event_url = ""
    return as_json(_settings(account))


@routes.get("/v3/user/webhooks/event/settings/signed/{id}")
async def webhook_signature(request: web.Request) -> web.Response:
    return as_json(_signed(_own_webhook(request)))


@routes.patch("/v3/user/webhooks/event/settings/signed/{id}")
async def change_webhook_signature(request: web.Request) -> web.Response:
    account = _own_webhook(request)
    return as_json(_switch_signature(account, await json_body(request)))


def _switch_signature(account: SendGridAccount, body: dict[str, Any]) -> dict[str, str]:
    if not isinstance(body.get("enabled"), bool):
        raise refuse("enabled is required", "enabled")
    account.signed = body["enabled"]
    return _signed(account)


def _signed(account: SendGridAccount) -> dict[str, str]:
    return {"id": account.webhook_id, "public_key": account.public_key if account.signed else ""}


@routes.get("/v3/scopes")
async def scopes(request: web.Request) -> web.Response:
    """What the api key may do: what a test of credentials asks for."""
    signed_in(request)
    return as_json(
        {
            "scopes": [
                "mail.send",
                "user.webhooks.event.settings.read",
                "whitelabel.read",
                "asm.groups.read",
                "suppression.read",
                "suppression.create",
            ]
        }
    )


def _domain(given: dict[str, Any]) -> dict[str, Any]:
    name, valid = given["domain"], bool(given.get("valid", True))
    subdomain = given.get("subdomain", "em1001")

    def cname(host: str, data: str) -> dict[str, Any]:
        return {"valid": valid, "type": "cname", "host": f"{host}.{name}", "data": data}

    dns = {
        "mail_cname": cname(subdomain, f"u{USER}.wl.sendgrid.net"),
        "dkim1": cname("s1._domainkey", f"s1.domainkey.u{USER}.wl.sendgrid.net"),
        "dkim2": cname("s2._domainkey", f"s2.domainkey.u{USER}.wl.sendgrid.net"),
    }
    return {
        "user_id": USER,
        "subdomain": subdomain,
        "username": "simulated",
        "ips": [],
        "custom_spf": False,
        "default": False,
        "legacy": False,
        "automatic_security": True,
        "last_validation_attempt_at": None,
        **given,
        "valid": valid,
        "dns": {**dns, **given.get("dns", {})},
    }


@routes.get("/v3/whitelabel/domains")
async def domains(request: web.Request) -> web.Response:
    wanted = request.query.get("domain")
    limit, offset = whole(request.query, "limit", 50), whole(request.query, "offset", 0)
    found = [_domain(d) for d in signed_in(request).domains if wanted in (None, d["domain"])]
    return as_json(found[offset : offset + limit])


def _one_domain(request: web.Request) -> dict[str, Any]:
    account = signed_in(request)
    found = next((d for d in account.domains if str(d["id"]) == request.match_info["id"]), None)
    if found is None:
        raise refuse("No such domain authentication", status=404)
    return _domain(found)


@routes.get("/v3/whitelabel/domains/{id}")
async def domain(request: web.Request) -> web.Response:
    return as_json(_one_domain(request))


@routes.post("/v3/whitelabel/domains/{id}/validate")
async def validate(request: web.Request) -> web.Response:
    found = _one_domain(request)
    results = {
        name: {
            "valid": record["valid"],
            "reason": None
            if record["valid"]
            else f'Expected {record["type"].upper()} for "{record["host"]}" to match "{record["data"]}".',
        }
        for name, record in found["dns"].items()
    }
    return as_json({"id": found["id"], "valid": found["valid"], "validation_results": results})


@routes.post("/v3/asm/suppressions/global")
async def suppress_globally(request: web.Request) -> web.Response:
    account = signed_in(request)
    addresses = (await json_body(request)).get("recipient_emails")
    if not isinstance(addresses, list) or not addresses:
        raise refuse("recipient emails are required", "recipient_emails")
    if exchange_of(request).world.refused_opt_outs.intersection(map(str, addresses)):
        raise refuse("an address is not valid", "recipient_emails")  # and none of the list is taken
    for address in addresses:
        sendgrid_events.suppress(exchange_of(request), account.api_key, "unsubscribes", str(address).lower())
    return as_json({"recipient_emails": addresses}, 201)


@routes.get("/v3/asm/suppressions/global/{email}")
async def global_suppression(request: web.Request) -> web.Response:
    account, address = signed_in(request), request.match_info["email"].lower()
    suppressed = exchange_of(request).book.suppressed
    found = (account.api_key, "unsubscribes", address) in suppressed
    return as_json({"recipient_email": address} if found else {})


@routes.delete("/v3/asm/suppressions/global/{email}")
async def lift_global_suppression(request: web.Request) -> web.Response:
    account, address = signed_in(request), request.match_info["email"].lower()
    if address in exchange_of(request).world.refused_opt_outs:
        raise refuse("the address is not valid", "email")
    exchange_of(request).book.suppressed.pop((account.api_key, "unsubscribes", address), None)
    return web.Response(status=204)


@routes.get("/v3/asm/suppressions/global")
async def global_suppressions(request: web.Request) -> web.Response:
    return as_json(_rows(request, "unsubscribes"))


@routes.get("/v3/suppression/{list:bounces|blocks|spam_reports|invalid_emails|unsubscribes}")
async def suppressions(request: web.Request) -> web.Response:
    return as_json(_rows(request, request.match_info["list"]))


@routes.get("/v3/suppression/{list:bounces|blocks|spam_reports|invalid_emails}/{email}")
async def suppression(request: web.Request) -> web.Response:
    address = request.match_info["email"].lower()
    return as_json([row for row in _rows(request, request.match_info["list"]) if row["email"] == address])


def _rows(request: web.Request, name: str) -> list[dict[str, Any]]:
    """One suppression list of the account, newest first, within start_time and end_time (unix seconds)."""
    account, query = signed_in(request), request.query
    start, end = whole(query, "start_time", 0), whole(query, "end_time", int(time.time()) + 1)
    rows = [
        row
        for (key, kind, _), row in exchange_of(request).book.suppressed.items()
        if key == account.api_key and kind == name and start <= row["created"] <= end
    ]
    offset = whole(query, "offset", 0)
    return list(reversed(rows))[offset : offset + whole(query, "limit", 500)]
