"""Importing torch and open_clip while other threads go on working.

Called by whoever needs torch for the first time in a process (`engine.clip.load`); it starts nothing that has to end.
The import takes seconds, and done plainly it stops every other thread for up to a second at a time: the interpreter
holds its lock while the system loads and links torch's libraries, and while the garbage collector walks through the
million objects that come with them. So the libraries are loaded by a foreign call, which does without the lock, and
the collector rests. That the import takes a third less processor time is a by-product.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def import_torch() -> None:
    """Import torch and open_clip, at the first call. Raises ImportError."""
    if "open_clip" in sys.modules:
        return
    _load_libraries()
    collects = gc.isenabled()
    gc.disable()
    try:
        import open_clip  # noqa: F401 (imports torch and torchvision)
    finally:
        if collects:
            gc.enable()
    gc.freeze()  # modules stay for ever: no later collection needs to look at them
    atexit.register(gc.unfreeze)  # but the last one does, or torch's bindings complain of leaks on stderr


def _load_libraries() -> None:
    """Have the system load what ``import torch`` loads first; where that fails, the import says what is wrong."""
    found = find_spec("torch")
    if sys.platform != "linux" or "torch" in sys.modules or found is None or found.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    folder = Path(found.origin).parent / "lib"
    # With the flags that torch itself uses for the two.
    dlopen(os.fsencode(folder / "libtorch_global_deps.so"), os.RTLD_NOW | os.RTLD_GLOBAL)
    dlopen(os.fsencode(folder / "libtorch_python.so"), os.RTLD_NOW | os.RTLD_LOCAL)
