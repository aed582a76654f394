"""What every test needs: one thread a process, since tests run side by side and OpenMP slows to a crawl when cores are shared."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
