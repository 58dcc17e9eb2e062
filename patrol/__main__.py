"""``python -m patrol`` is the ``patrol`` command."""

from patrol.cli.main import run

if __name__ == "__main__":
    run()
