"""Lets `python -m api.cli` do what `ontschot` does."""

from api.cli.main import main

if __name__ == "__main__":
    main()
