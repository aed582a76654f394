"""Builds dist/utsushi-blender.zip, the extension for every Blender from 4.2 on. It holds no wheels, so one file serves all.

python packaging/build_blender.py [DIST]
"""

import sys
from pathlib import Path

from plugins_blender.install import build_zip

if __name__ == "__main__":
    sys.stdout.write(f"{build_zip(Path(sys.argv[1] if sys.argv[1:] else 'dist') / 'utsushi-blender.zip')}\n")
