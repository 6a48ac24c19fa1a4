#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from ocpi.core import garbage


def greet() -> None:
    """Django and all of our apps take seconds to be read, and whoever is new thinks that nothing happens."""
    if sys.argv[1:2] in (["demo"], ["learn"]) and sys.stderr.isatty() and "EMSP_GREETED" not in os.environ:
        os.environ["EMSP_GREETED"] = "yes"  # both commands begin anew with settings of their own
        sys.stderr.write("Starting …\n")


def main() -> None:
    greet()
    garbage.seldom(bulk=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emsp_project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed in this Python. Run `make install` (or `make demo`) and use .venv/bin/python."
        )
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are not right: {error}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted.\n")
        sys.exit(130)
