"""`manage.py classify_reply < replies.txt`: what each line would be taken for, as `label<TAB>rule<TAB>text`."""

from __future__ import annotations

import io
import sys
from typing import Any

from django.core.management.base import BaseCommand

from consent.replies import classify


class Command(BaseCommand):
    help = "Reads replies, one a line, and says what each would be taken for. Nothing is stored."

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # an export in another encoding is read to its end
        for line in sys.stdin:
            text = line.rstrip("\n")
            reply = classify(text)
            self.stdout.write(f"{reply.label.value}\t{reply.rule}\t{text}")
