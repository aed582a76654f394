"""A take as presets of GIMP's own filters: one file each, for "Import Current Settings from File..." in the filter's own dialog."""

from pathlib import Path
from typing import Any

from gimpfu_compat import CUSTOM, Gimp, RequestError
from live_filters import PREFIX, build_filters, put_on
from readback import config_texts
from strings import _
from takes import Take


class PresetError(Exception):
    """The presets cannot be written; the text says why."""


def export_presets(take: Take, folder: Path) -> list[Path]:
    """Writes a file for every filter of the take into `folder`, which is made -> their paths. Raises OSError, PresetError."""
    image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
    try:
        layer = Gimp.Layer.new(image, "presets", 64, 64, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        try:
            put_on(layer, build_filters(layer, take.recipe), [])
        except RequestError as error:
            raise PresetError(str(error)) from error
        if not layer.get_filters():
            raise PresetError(_("The take has no filters."))
        texts = config_texts(layer)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for live in layer.get_filters():
            name = live.get_name()
            text = texts[name] if live.get_operation_name() in CUSTOM else _serialized(live)
            written.append(folder / f"{name.removeprefix(PREFIX)}.settings")
            written[-1].write_text(f"# {take.name}: {live.get_operation_name()}\n\n{text}", encoding="utf-8")
        return written
    finally:
        image.delete()


def _serialized(live: Any) -> str:
    """A filter's settings in GIMP's notation; colours stay at their defaults."""
    config, lines = live.get_config(), []
    for pspec in config.list_properties():
        value = config.get_property(pspec.name)
        if isinstance(value, bool):
            lines.append(f"({pspec.name} {'yes' if value else 'no'})")
        elif isinstance(value, int | float):
            lines.append(f"({pspec.name} {value:.9g})")
        elif isinstance(value, str):
            lines.append(f"({pspec.name} {value})")
    return "(time 0)\n" + "\n".join(lines) + "\n"
