"""`python -m engine.cli`: the same as the console script `pairlens`."""

from __future__ import annotations

import sys

from engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
