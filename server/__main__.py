"""`python -m server`: the engine, as hosts start it."""

import argparse
import sys

from server.broker import IDLE_MINUTES, serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=float, default=IDLE_MINUTES, help="minutes without a request after which it ends")
    sys.exit(serve(idle_minutes=parser.parse_args().idle))
