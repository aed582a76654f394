"""One thread a core, for what numpy, scipy and pedalboard do without the interpreter's lock."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache


@cache
def cores() -> ThreadPoolExecutor:
    """The pool of this process. Its tasks must not wait for each other: nobody else would do the work."""
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="core")
