"""As much of curl as docs/api.md uses, for machines that have none: prints the body, then the status on a line of its own."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path


def main(words: list[str]) -> None:
    method, headers, body, url, only_headers = "GET", {}, None, "", False
    given = iter(words)
    for word in given:
        if word == "-X":
            method = next(given)
        elif word == "-H":
            name, _, value = next(given).partition(": ")
            headers[name] = value
        elif word == "--data-binary":
            body = Path(next(given).removeprefix("@")).read_bytes()
        elif word == "-d":
            body = next(given).encode()
        elif word in ("-o", "-D"):
            next(given)
            only_headers = True
        elif word != "-sS":
            url = word
    asked = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - the tests' own server
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        print(answer.headers if only_headers else f"{answer.read().decode()}\n{answer.status}")


if __name__ == "__main__":
    main(sys.argv[1:])
