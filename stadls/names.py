"""Print the names of the interface that this version can't serve yet, and why.

Usage: ``python -m stadls.names``
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stadls.unavailable import UNAVAILABLE

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line per name."""
    width = max(map(len, UNAVAILABLE))
    for name, reason in sorted(UNAVAILABLE.items()):
        print(f"{name:{width}}  {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
