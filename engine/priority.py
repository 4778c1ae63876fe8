"""Work in the background gives way to the window.

Called once in the engine process, before it starts threads or processes, which inherit it: indexing and training take
all of the processors that nobody else wants, and scrolling stays smooth meanwhile.
"""

from __future__ import annotations

import os

GIVING_WAY = 5  # added to the niceness; the window then gets about three times the share of a busy processor


def give_way() -> None:
    """Lower the priority of this process. Only where there is niceness: Windows favours the window in front itself."""
    if hasattr(os, "nice"):
        os.nice(GIVING_WAY)
