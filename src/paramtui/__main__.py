"""`python -m paramtui`."""

from paramtui.cli import command

if __name__ == "__main__":
    raise SystemExit(command())
