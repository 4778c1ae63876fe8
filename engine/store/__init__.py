"""The library: one SQLite file (WAL). `Library` reads it, `Writer` alone writes it.

Flow: a process that changes the library makes one `Writer` (it takes the lock, migrates, and owns the only writing
connection, on a thread of its own) and submits *changes*, small functions of a database, to it. Everyone else opens
`Library`, which is read-only. SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write or
checkpoint at once; one writer makes that impossible.
"""

from engine.store.library import Library
from engine.store.writer import Writer

__all__ = ["Library", "Writer"]
