"""The large picture: before, after, or both with a divider that the pointer moves. Held down, the mouse button shows what was before."""

from typing import Any

from gimpfu_compat import GdkPixbuf, GLib
from strings import _
from toolkit import Gdk, Gtk, fitted, label

DIVIDER = 0xFFFFFFFF
LEAST = 240
"""Pixels: the picture never gets smaller than this."""


class Preview(Gtk.Box):
    """Shows `after` (set by `show_after`), the unedited content before it, or two of them side by side in one frame."""

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=4)
        self.before: Any = None
        self.after: Any = None
        self.before_name, self.after_name = _("Before"), _("After")
        self._split: float | None = None
        self._holding = False
        self._size = (0, 0)
        self._redraw = 0
        self._scaled: dict[str, Any] = {}
        self.picture = Gtk.Image()
        frame = Gtk.ScrolledWindow(hexpand=True, vexpand=True, min_content_width=LEAST, min_content_height=LEAST)
        frame.set_policy(Gtk.PolicyType.EXTERNAL, Gtk.PolicyType.EXTERNAL)
        touch = Gtk.EventBox(visible_window=False, above_child=True)
        touch.add(self.picture)
        touch.add_events(Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON_RELEASE_MASK | Gdk.EventMask.POINTER_MOTION_MASK)
        touch.connect("button-press-event", self._pressed)
        touch.connect("button-release-event", self._released)
        touch.connect("motion-notify-event", self._moved)
        frame.add(touch)
        frame.connect("size-allocate", self._allocated)
        touch.get_accessible().set_name(_("Picture"))
        self.touch = touch
        self.left, self.right = label(dim=True), label(dim=True)
        names = Gtk.Box(spacing=6)
        names.pack_start(self.left, False, False, 0)
        names.pack_end(self.right, False, False, 0)
        self.pack_start(frame, True, True, 0)
        self.pack_start(names, False, False, 0)

    def show_before(self, picture: Any, name: str = "") -> None:
        self.before, self.before_name = picture, name or _("Before")
        self._scaled.pop("before", None)
        self._draw()

    def show_after(self, picture: Any, name: str = "") -> None:
        self.after, self.after_name = picture, name or _("After")
        self._scaled.pop("after", None)
        self._draw()

    def split(self, on: bool) -> None:
        """Shows both in one frame, with a divider in the middle at first."""
        self._split = 0.5 if on else None
        self._draw()

    def _allocated(self, frame: Any, place: Any) -> None:
        if (place.width, place.height) != self._size:
            self._size = place.width, place.height
            self._scaled.clear()
            if not self._redraw:  # not now: GTK is in the middle of giving everybody their places
                self._redraw = GLib.idle_add(self._draw_later)

    def _draw_later(self) -> bool:
        self._redraw = 0
        self._draw()
        return False

    def _fit(self, name: str, picture: Any) -> Any:
        if name not in self._scaled:
            self._scaled[name] = fitted(picture, self._size[0], self._size[1])
        return self._scaled[name]

    def _draw(self) -> None:
        shown = self.after or self.before
        if shown is None or min(self._size) < 2:
            self.picture.clear()
            self.left.set_text("")
            self.right.set_text("")
            return
        both = self._split is not None and self.after is not None and self.before is not None
        if both:
            self.picture.set_from_pixbuf(self._beside())
        elif self.before is not None and (self._holding or self.after is None):
            self.picture.set_from_pixbuf(self._fit("before", self.before))
        else:
            self.picture.set_from_pixbuf(self._fit("after", self.after))
        alone = self.before_name if self.after is None or (self._holding and self.before is not None) else self.after_name
        self.left.set_text(self.before_name if both else alone)
        self.right.set_text(self.after_name if both else "")

    def _beside(self) -> Any:
        assert self._split is not None
        before, whole = self._fit("before", self.before), self._fit("after", self.after).copy()
        width, height = whole.get_width(), whole.get_height()
        if (before.get_width(), before.get_height()) != (width, height):
            before = before.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)
        at = min(width - 2, max(1, round(self._split * width)))
        before.copy_area(0, 0, at, height, whole, 0, 0)
        whole.new_subpixbuf(at - 1, 0, 2, height).fill(DIVIDER)
        return whole

    def _place(self, event: Any) -> float:
        shown = self._scaled.get("after") or self._scaled.get("before")
        width = shown.get_width() if shown else 1
        left = (self.touch.get_allocated_width() - width) / 2
        return min(1.0, max(0.0, (event.x - left) / width))

    def _pressed(self, widget: Any, event: Any) -> bool:
        if event.button != 1:
            return False
        self._holding = True
        if self._split is not None:
            self._split = self._place(event)
        self._draw()
        return True

    def _moved(self, widget: Any, event: Any) -> bool:
        if self._holding and self._split is not None:
            self._split = self._place(event)
            self._draw()
        return False

    def _released(self, widget: Any, event: Any) -> bool:
        self._holding = False
        self._draw()
        return False
