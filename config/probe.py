"""Asks the web server of this machine as its proxy would; for a container's health check.

`python -m config.probe http://127.0.0.1:8000/healthz` ends with 0 when the answer is 200.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def main(url: str) -> int:
    """0 for an answer of 200, 1 for anything else (the reason goes to standard error)."""
    public = urlsplit(os.environ.get("PUBLIC_URL", ""))
    # The host it answers to and the scheme it would otherwise redirect to.
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme} if public.netloc else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError) as failed:
        print(f"{url}: {failed}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
