"""The window that stays open while a study runs: how far it is, and two ways out."""

from conversation import LAST_WORDS_SECONDS, Conversation
from easel import Easel
from gimpfu_compat import CancelError, GLib
from strings import _
from toolkit import GimpUi, Gtk, close

REFRESH_MS = 50

WORTH_KEEPING = 0.25
"""Share of the work before which the engine has no settings yet that could be used."""


def watch(conversation: Conversation, easel: Easel, title: str) -> None:
    """Shows progress until `conversation` has ended, rendering on `easel` what it asks for. Raises CancelError when the user gives up.

    “Use Best So Far” ends the search and keeps its best; “Cancel”, Escape and closing the window leave the image as it was.
    """
    dialog = GimpUi.Dialog(title=title, role="utsushi-progress", use_header_bar=False)
    dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    keep = dialog.add_button(_("_Use Best So Far"), Gtk.ResponseType.OK)
    bar = Gtk.ProgressBar()
    label = Gtk.Label(xalign=0.0, wrap=True, width_chars=56, max_width_chars=56)
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, border_width=12)
    box.pack_start(label, False, False, 0)
    box.pack_start(bar, False, False, 0)
    dialog.get_content_area().add(box)

    def refresh() -> bool:
        state = conversation.state
        label.set_text(str(state))
        bar.set_fraction(min(1.0, max(0.0, state.fraction)))
        keep.set_sensitive(state.fraction > WORTH_KEEPING)
        conversation.serve(easel.render, easel.width, easel.height)
        if not conversation.is_alive():
            dialog.response(Gtk.ResponseType.OK)
        return conversation.is_alive()

    refresh()
    dialog.show_all()
    timer = GLib.timeout_add(REFRESH_MS, refresh)
    conversation.start()
    response = dialog.run()
    if response == Gtk.ResponseType.OK and conversation.is_alive():  # the button, not the end
        conversation.keep_best()
        keep.set_sensitive(False)
        response = dialog.run()
    if conversation.is_alive():
        GLib.source_remove(timer)
    close(dialog)
    if response != Gtk.ResponseType.OK:
        conversation.abandon()
        conversation.join(LAST_WORDS_SECONDS)  # until the engine knows: it would go on for an answer that nobody hears
        raise CancelError
