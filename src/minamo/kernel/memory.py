"""記憶 (memory): what a large piece of work has used is handed back to the machine, not kept for the next one."""

import ctypes
import gc


def hand_back() -> None:
    """使った分を返す: free pages of the heap go back to the system. Does nothing where the C library knows no such call."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
