"""The same look over a series: puts a take on the selected layers of other open images, one undo step in each."""

from typing import Any

from application import apply_elsewhere
from gimpfu_compat import Gimp, RequestError
from strings import _
from takes import Take
from toolkit import GimpUi, Gtk, close, column, label


def apply_to_others(take: Take, here: Any, parent: Any) -> str:
    """Asks for which of the other open images -> what went wrong in some of them, "" where nothing did."""
    others = [image for image in Gimp.get_images() if image.get_id() != here.get_id()]
    if not others:
        return _("No other image is open. Open the others of the series first.")
    dialog = GimpUi.Dialog(title=_("Apply to Other Images"), role="utsushi-series", use_header_bar=False, transient_for=parent)
    dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    dialog.add_button(_("_Apply"), Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    checks = [Gtk.CheckButton(label=image.get_name(), active=True) for image in others]
    help = label(_("The filters of “{name}” are put on the selected layers of:").format(name=take.name), wrap=True, chars=50)
    dialog.get_content_area().add(column(help, *checks, border=12))
    dialog.show_all()
    response = dialog.run()
    chosen = [image for image, check in zip(others, checks, strict=True) if check.get_active()]
    close(dialog)
    if response != Gtk.ResponseType.OK:
        return ""
    troubles = []
    for image in chosen:
        try:
            apply_elsewhere(image, take.recipe, {"name": take.name, "imitation": {"recipe": take.recipe}, "files": {}})
        except RequestError as error:
            troubles.append(f"{image.get_name()}: {error}")
    return "\n".join(troubles)
