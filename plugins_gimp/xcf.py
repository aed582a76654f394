"""A photo with live filters as GIMP's own file, made by a GIMP of this machine without a window."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plugins_gimp.gimp import GimpError, GimpHost
from shared_engine.errors import InputError

# Inside, the plug-in's own modules build the filters: the file is what the plug-in would have made.
SCRIPT = """
import sys
sys.path.insert(0, arguments["modules"])
from gimpfu_compat import RequestError
from live_filters import build_filters, put_on

image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(arguments["photo"]))
image.policy_rotate(False)  # as the camera was held
layer = image.get_layers()[0]
if arguments["mask"]:
    # Filters that are put on while something is selected stay inside of it. A layer's own grey becomes a mask that can be selected.
    drawn = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(arguments["mask"]))
    image.insert_layer(drawn, None, 0)
    drawn.scale(image.get_width(), image.get_height(), False)
    drawn.set_offsets(0, 0)
    drawn.add_mask(drawn.create_mask(Gimp.AddMaskType.COPY))
    image.select_item(Gimp.ChannelOps.REPLACE, drawn.get_mask())
    image.remove_layer(drawn)
answer = ""
try:
    put_on(layer, build_filters(layer, arguments["recipe"]), [])
    for target in filter(None, (arguments["result"], arguments["export"])):
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(target), None)
except RequestError as error:
    answer = str(error)
image.delete()
"""


def write_xcf(
    gimp: GimpHost, photo: Path, recipe: Sequence[Mapping[str, Any]], target: Path, mask: Path | None = None, export: Path | None = None
) -> None:
    """Writes `target`, an XCF of `photo` with the filters of `recipe` on its layer, each still editable.

    `mask`: a grey picture that limits the filters; `export`: where GIMP also puts the photo as it looks with them.

    Raises InputError when that GIMP cannot open the photo, lacks a filter, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="utsushi-") as folder:
        box = Path(folder).resolve()
        copy = Path(shutil.copyfile(photo, box / f"photo{photo.suffix}"))
        modules = shutil.copytree(Path(__file__).parent / "utsushi", box / "modules", ignore=shutil.ignore_patterns("__pycache__"))
        drawn = shutil.copyfile(mask, box / f"mask{mask.suffix}") if mask else ""
        made = box / f"export{export.suffix}" if export else ""
        arguments = {
            "modules": str(modules), "photo": str(copy), "mask": str(drawn), "recipe": list(recipe), "result": str(box / "result.xcf"),
            "export": str(made),
        }  # fmt: skip
        try:
            refused = gimp.python(SCRIPT, box, arguments)
        except GimpError as error:
            raise InputError(f"{gimp} could not make {target.name}: {error}", "Run `utsushi doctor`, or try another GIMP.") from error
        if refused:
            raise InputError(f"{gimp} could not make {target.name}: {refused}", "Try GIMP 3.2.")
        shutil.move(box / "result.xcf", target)
        if export:
            shutil.move(made, export)
