"""Builds dist/gimp/utsushi, the folder that goes into GIMP's plug-ins folder, and a zip of it for people without pip.

python packaging/build_gimp.py [DIST]
"""

import shutil
import sys
import zipfile
from pathlib import Path

from plugins_gimp.install import build_plug_in

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Zip's earliest date, on every entry: the same sources give the same bytes."""


def build(dist: Path) -> Path:
    """-> the folder `dist`/gimp/utsushi; beside it stands utsushi-gimp.zip, whose entries carry the run bit."""
    target = dist / "gimp" / "utsushi"
    shutil.rmtree(target, ignore_errors=True)
    build_plug_in(target)
    with zipfile.ZipFile(dist / "utsushi-gimp.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in target.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(target.parent)), FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = file.stat().st_mode << 16
            archive.writestr(entry, file.read_bytes())
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]) if sys.argv[1:] else Path('dist'))}\n")
