"""How a process that judges one ledger after the other holds its memory: what one has used, the next one uses again.

By default large arrays are given back to the system as soon as they are done with, and fetched anew, page by page, for
the next ledger: that took a tenth of a run. Nothing but time depends on it.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache

_MIB = 1 << 20
# of glibc's malloc.h: what is larger goes back at once, so that a huge ledger leaves nothing behind
_MMAP_THRESHOLD, _LARGE = -3, 32 * _MIB
_TRIM_THRESHOLD, _FREE = -1, 256 * _MIB  # free memory that is kept
_TOP_PAD, _AHEAD = -2, 64 * _MIB  # fetched at a time


@cache
def reused() -> None:
    """Keep freed memory for the next ledger, at most some 256 MiB of it. Where the system has another malloc nothing happens."""
    import pyarrow as pa  # late: not every command that can start a run needs it

    pa.set_memory_pool(pa.system_memory_pool())  # its own allocators give pages back by the clock
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no mallopt
        malloc = ctypes.CDLL(None)
        for option, size in ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _FREE), (_TOP_PAD, _AHEAD)):
            malloc.mallopt(option, size)
