"""manage.py seed_demo: the demo's agencies, clients, people and campaigns, and the simulator's world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.mail_domains import running as mail_domains
from compliance.tasks import draw_windows, gather_facts
from config.demo.data import campaigns, firms, hours, past, people, world
from messaging.polling import poll_if_due
from tenants.models import Client, Role, User
from tenants.scope import acting_for


class Command(BaseCommand):
    help = "Make what is missing of the demo's data, and put its world to the simulator. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulator-url", required=True)
        parser.add_argument("--accounts-file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This is no demo: seed_demo would add made-up people. Set DEMO=1 if that is what you want."
            )
        accounts = firms.build(settings.EMAIL_HOST, settings.EMAIL_PORT)
        world.play(options["simulator_url"])
        for firm in firms.FIRMS:
            client = Client.objects.get(slug=firm.slug)
            self.stdout.write(f"{firm.name}: {firm.contacts:,} contacts")
            people.bring(firm, client)
            with acting_for(client.pk):
                owner = User.objects.filter(memberships__agency=client.agency, memberships__role=Role.OWNER)[
                    0
                ]
                campaigns.certify(client, owner)
                campaigns.looked_up(client, owner)
                campaigns.owners_known(client, owner)
            while mail_domains.go_on(client.pk):  # or whoever signs reads that every mail waits for it
                pass
        draw_windows()
        gather_facts()
        for (
            firm
        ) in firms.FIRMS:  # or whoever signs reads that all texts wait for the first look at the replies
            poll_if_due(Client.objects.get(slug=firm.slug).pk)
        hours.open_hours()
        past.ran(Client.objects.get(slug="lakeside-dental"))
        campaigns.running(Client.objects.get(slug="lakeside-dental"))
        campaigns.waiting(Client.objects.get(slug="glow-med-spa"))
        if options["accounts_file"]:
            options["accounts_file"].write_text(json.dumps(accounts))
