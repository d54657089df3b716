#!/usr/bin/env python
"""Django's command line for Clear to Send."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["demo"]:  # makes its own settings: must run before Django reads any
        from config.demo.supervisor import main as demo

        sys.exit(demo(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
