"""The filters of the look: each can be switched off, locked or shown alone, and says what it does and how much of the likeness it earns."""

from typing import Any

from exploration import Exploration
from strings import _, engine_words, help_of, name_of
from toolkit import Gdk, Gtk, column, icon_button, label

REASON_CHARS = 42
LOCK_ICON, SOLO_ICON = "gimp-lock", "gimp-visible"


class FiltersList(Gtk.Box):
    """Follows an exploration; `update` after it told "filters"."""

    def __init__(self, exploration: Exploration) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.exploration = exploration
        self.edited: frozenset[str] = frozenset()
        """Filters whose settings were changed by hand since they were made."""
        self._built: Any = None
        self._setting = False
        self.hint = label("", dim=True, wrap=True, chars=46)
        self.list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE)
        self.pack_start(self.hint, False, False, 0)
        self.pack_start(self.list, False, False, 0)
        self.update()

    def update(self) -> None:
        """Builds the rows anew where other filters or reasons are shown; else only sets their buttons."""
        exploration = self.exploration
        labels = {tool["id"]: tool for tool in exploration.tools}
        effects = exploration.effects()
        shown = [(tool, effects.get(tool, {}).get("sentence", ""), tool in self.edited) for tool in exploration.used()]
        if shown != self._built:
            self._built = shown
            for child in self.list.get_children():
                child.destroy()
            for tool, _sentence, edited in shown:
                self.list.add(self._row(labels[tool], effects.get(tool), edited))
            self.list.show_all()
        self._setting = True
        for child in self.list.get_children():
            child.on.set_active(child.tool not in exploration.off)
            child.lock.set_active(child.tool in exploration.locked)
            child.solo.set_active(child.tool == exploration.solo)
        self._setting = False
        self.hint.set_text(
            _("Rest the pointer on a filter to see the picture without it.") if shown else _("The filters of the answer appear here.")
        )

    def _row(self, tool: dict[str, Any], effect: dict[str, Any] | None, edited: bool) -> Any:
        name = Gtk.CheckButton(label=name_of(tool))
        lock = icon_button(LOCK_ICON, _("Lock: the next search leaves this filter as it is now"), self._locked, toggle=True)
        solo = icon_button(SOLO_ICON, _("Solo: shows this filter alone"), self._soloed, toggle=True)
        head = Gtk.Box(spacing=2)
        head.pack_start(name, True, True, 0)
        if effect is not None and effect["share"]:
            earns = Gtk.LevelBar(value=effect["share"], valign=Gtk.Align.CENTER)
            earns.set_size_request(48, -1)
            share = label(f"{100 * effect['share']:.0f} %")
            share.set_width_chars(5)
            share.set_xalign(1.0)
            for part in (earns, share):
                part.set_tooltip_text(_("How much of the likeness this filter earns"))
                head.pack_start(part, False, False, 0)
        head.pack_start(lock, False, False, 0)
        head.pack_start(solo, False, False, 0)
        reasons = [_("Changed by hand in GIMP.")] if edited else []
        reasons.append(", ".join(engine_words(words) for words in effect["words"]) if effect and effect.get("words") else help_of(tool))
        reason = label(" ".join(reasons), dim=True, wrap=True, chars=REASON_CHARS)
        reason.set_margin_start(24)
        if effect is not None:
            reason.set_tooltip_text(effect["sentence"])
        touch = Gtk.EventBox()  # with a window of its own: what lies in it has windows too, and belongs to the filter
        touch.add(column(head, reason, spacing=0))
        touch.add_events(Gdk.EventMask.ENTER_NOTIFY_MASK | Gdk.EventMask.LEAVE_NOTIFY_MASK)
        touch.connect("enter-notify-event", self._entered, tool["id"])
        touch.connect("leave-notify-event", self._left)
        found = Gtk.ListBoxRow(activatable=False, selectable=False, can_focus=False)
        found.add(touch)
        found.tool, found.on, found.lock, found.solo = tool["id"], name, lock, solo
        for button in (name, lock, solo):
            button.tool = tool["id"]
        name.connect("toggled", self._switched)
        return found

    def _switched(self, button: Any) -> None:
        if not self._setting:
            self.exploration.switch(button.tool, button.get_active())

    def _locked(self, button: Any) -> None:
        if not self._setting:
            self.exploration.lock(button.tool, button.get_active())

    def _soloed(self, button: Any) -> None:
        if not self._setting:
            self.exploration.set_solo(button.tool if button.get_active() else "")
            self.update()

    def _entered(self, widget: Any, event: Any, tool: str) -> bool:
        self.exploration.refresh(without=tool)
        return False

    def _left(self, widget: Any, event: Any) -> bool:
        if event.detail != Gdk.NotifyType.INFERIOR:
            self.exploration.refresh()
        return False
