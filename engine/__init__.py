"""The work, without Qt: folders -> pictures -> vectors -> directions -> order.

The light half (``errors``, ``protocol``, ``settings``, ``process``, ``thumbnails``, ``store``) imports in under
0.3 s and is all that the window may import. Everything else needs torch and lives in the engine process.
"""

__version__ = "0.1.0"
