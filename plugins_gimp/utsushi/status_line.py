"""The line that says where the search stands, with its bar and the one button that starts and stops it."""

from typing import Any

from exploration import Exploration
from strings import _, engine_words
from toolkit import Gtk, label


class StatusLine(Gtk.Box):
    """Follows an exploration; `update` after it told anything."""

    def __init__(self, exploration: Exploration) -> None:
        super().__init__(orientation=Gtk.Orientation.HORIZONTAL, spacing=8)
        self.exploration = exploration
        self.bar = Gtk.ProgressBar(valign=Gtk.Align.CENTER)
        self.text = label("")
        self.text.set_ellipsize(3)
        self.button = Gtk.Button(use_underline=True)
        self.button.connect("clicked", self._search_or_stop)
        self.pack_start(self.text, True, True, 0)
        self.pack_start(self.bar, False, False, 0)
        self.pack_start(self.button, False, False, 0)
        self.said = ""

    def say(self, text: str) -> None:
        """Says something until the search has news."""
        self.said = text
        self._set(text)

    def update(self) -> None:
        exploration, progress = self.exploration, self.exploration.progress
        self.bar.set_fraction(min(1.0, progress.fraction) if progress.running else 0.0)
        self.bar.set_opacity(1.0 if progress.running else 0.0)  # not hidden: the text beside it would jump
        self.button.set_label(_("_Stop") if progress.running else _("_Search") if exploration.imitation is None else _("_Search Again"))
        self.button.set_sensitive(progress.running or bool(exploration.references))
        self.button.set_tooltip_text(
            _("Ends the search and keeps the best so far")
            if progress.running
            else _("Searches again, with the locks and limits as they are now")
        )
        style = self.button.get_style_context()
        (style.add_class if exploration.stale and not progress.running else style.remove_class)("suggested-action")
        trouble = exploration.pump.trouble or exploration.error
        if trouble is not None:
            self._set(f"{trouble.what[:1].upper()}{trouble.what[1:].rstrip('.')}. {trouble.remedy}")
        elif self.said and not exploration.references:
            self._set(self.said)
        else:
            self.said = ""
            self._set(self._says())

    def _set(self, text: str) -> None:
        self.text.set_text(text)
        self.text.set_tooltip_text(text)

    def _says(self) -> str:
        exploration, progress = self.exploration, self.exploration.progress
        share = progress.closer if progress.running else exploration.closer()
        closer = "" if share is None else _("{closer:.0f} % of the proposed look").format(closer=100 * share)
        if progress.running:
            parts = [engine_words(progress.stage).capitalize(), closer]
            if progress.eta is not None:
                parts.append(_("about {seconds} s left").format(seconds=max(1, round(progress.eta))))
            return ", ".join(filter(None, parts))
        if not exploration.references:
            return _("Waiting for a reference")
        if exploration.imitation is None and exploration.start:
            return _("Search to go on from the filters on the layer; lock what is to stay")
        if exploration.stale:
            return _("Search again to use what you changed")
        more = _("Search again for more like the one you picked") if exploration.tried else ""
        return ". ".join(filter(None, (closer, *exploration.warnings, more)))

    def _search_or_stop(self, button: Any) -> None:
        (self.exploration.stop if self.exploration.progress.running else self.exploration.search)()
