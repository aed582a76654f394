"""The dialog that stays open: references on top, the picture and its dials, alternatives, filters and takes beside them."""

import json
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import takes
from application import TAKE, kept_take, put_recipe, standing_notes
from conversation import LAST_WORDS_SECONDS
from drawing import Drawing
from easel import DRAWN_SIDE, Easel
from exploration import Exploration
from filters_list import FiltersList
from gallery import Gallery
from gimpfu_compat import Call, CancelError, Gio, GLib, RequestError, show_message
from hand_edits import Continued, continue_from
from live_filters import own_filters
from look import Look, Rendered
from pixels import read_layer, seen_with
from preview import Preview
from references import recalled, remembered
from references_strip import ReferencesStrip
from series import apply_to_others
from settings_page import SettingsPage
from status_line import StatusLine
from strings import _
from takes import Take
from takes_list import TakesList
from toolkit import Gdk, GimpUi, Gtk, ask, close, dial_of, label, pixbuf_of, shown_through

from server.client import EngineError, Pump

BEAT_MS = 30
SETTLE_MS = 200
"""How long the references must stay as they are before a search begins by itself."""

WIDTH, HEIGHT, SIDE_WIDTH = 1080, 706, 448
THUMB_WIDTH = 112
RESET = 1


def explore(call: Call, layer: Any, body: Mapping[str, Any], parameters: Sequence[str]) -> Mapping[str, str]:
    """Runs the dialog until the user applies or cancels -> the procedure's results. Raises CancelError, RequestError.

    `parameters`: names of the procedure's file parameters, in which GIMP keeps the references for Repeat.
    """
    dialog = Dialog(call, layer, body, parameters)
    try:
        return dialog.run()
    finally:
        dialog.end()


class Dialog:
    """The window and what its parts have to do with each other."""

    def __init__(self, call: Call, layer: Any, body: Mapping[str, Any], parameters: Sequence[str]) -> None:
        self.call, self.layer, self.parameters = call, layer, parameters
        self.replaced, self.keeps_earlier = own_filters(layer), False
        self.pump = Pump()
        self.exploration = Exploration(self.pump, body, None, lambda what: None)  # until there is a window that can be told
        self.exploration.ask_tools()
        self.pump.turn()  # an engine that has to be started comes up while pixels are read and the window opens
        self.exploration.content = read_layer(layer, self.replaced)
        self.easel: Easel | None = None
        self.exploration.drawing = Drawing(self.pump, self._draw, self.exploration.fail)
        self.exploration.wishes.likeness = call.values["likeness"] / 100
        self.exploration.wishes.max_tools = call.values["filters"]
        self.exploration.strength = call.values["strength"] / 100
        self.window = GimpUi.Dialog(title=_("Imitate Reference"), role="utsushi-imitate", use_header_bar=False)
        self.window.set_default_size(WIDTH, HEIGHT)
        GimpUi.window_set_transient(self.window)
        self.reset = self.window.add_button(_("_Reset"), RESET)
        self.reset.set_tooltip_text(_("Clears references, locks, choices and dials. Takes stay."))
        self.window.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        self.apply = self.window.add_button(_("A_pply"), Gtk.ResponseType.OK)
        self.window.get_action_area().set_child_secondary(self.reset, True)
        self.window.set_default_response(Gtk.ResponseType.OK)
        self._settling = 0
        self.window.connect("key-press-event", self._key)
        self._fill()
        self.exploration.tell = self._told
        self._continue()
        self._show_before()
        self._told("filters")
        self._beat = GLib.timeout_add(BEAT_MS, self._turn)

    # --- the window

    def _fill(self) -> None:
        exploration = self.exploration
        files = [self.call.values[name] for name in self.parameters]
        self.strip = ReferencesStrip(exploration, self.call.image, files, self._references_changed, self._complain)
        self.preview = Preview()
        self.gallery = Gallery(exploration, THUMB_WIDTH)
        self.filters = FiltersList(exploration)
        self.takes = TakesList(exploration, takes.load(self.call.image), self._compare, self._show_take, self._elsewhere, self._complain)
        self.settings = SettingsPage(exploration, bool(self.replaced), self._keep_earlier)
        self.status = StatusLine(exploration)
        pages = Gtk.Notebook()
        for title, page in (
            (_("A_lternatives"), self.gallery),
            (_("_Filters"), self.filters),
            (_("_Takes"), self.takes),
            (_("L_imits"), self.settings),
        ):
            scrolled = Gtk.ScrolledWindow()
            scrolled.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
            page.set_border_width(8)
            scrolled.add(page)
            pages.append_page(scrolled, Gtk.Label(label=title, use_underline=True))
        pages.set_size_request(SIDE_WIDTH, -1)
        pages.set_hexpand(False)  # whatever its pages would like: the picture gets what room there is
        middle = Gtk.Box(spacing=12)
        middle.pack_start(self._picture_side(), True, True, 0)
        middle.pack_start(pages, False, False, 0)
        content = self.window.get_content_area()
        content.set_border_width(12)
        content.set_spacing(8)
        content.pack_start(self.strip, False, False, 0)
        self.notes = label("", dim=True, wrap=True, chars=120)
        self.notes.set_no_show_all(True)
        content.pack_start(self.notes, False, False, 0)
        content.pack_start(middle, True, True, 0)
        content.pack_start(self.status, False, False, 0)
        content.show_all()
        self._show_notes()

    def _picture_side(self) -> Any:
        wishes = self.exploration
        self.strength = dial_of(_("Stren_gth (%)"), 100 * wishes.strength, 150)
        self.strength.set_tooltip_text(_("Mixes every setting from neutral (0) to what was found (100), and beyond"))
        self.strength.connect("value-changed", lambda scale: self.exploration.set_strength(scale.get_value() / 100))
        self.likeness = dial_of(_("Like_ness (%)"), 100 * wishes.wishes.likeness, 200)
        self.likeness.set_tooltip_text(
            _("How far to go towards the reference's look: timid to bold. One reference is judged cautiously; 200 where it is too mild")
        )
        self.likeness.connect("value-changed", lambda scale: self.exploration.set_likeness(scale.get_value() / 100))
        self.split = split = Gtk.CheckButton(label=_("Split _view"), use_underline=True)
        split.set_tooltip_text(_("Before and after beside each other; drag the divider. Without it, press on the picture to see it before"))
        split.connect("toggled", lambda button: self.preview.split(button.get_active()))
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        for dial in (self.strength, self.likeness):
            labels.add_widget(dial.get_label())
        side = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        side.pack_start(self.preview, True, True, 0)
        for part in (split, self.strength, self.likeness):
            side.pack_start(part, False, False, 0)
        return side

    def _show_notes(self) -> None:
        notes = standing_notes(self.layer, self.replaced)
        self.notes.set_text(" ".join(notes))
        self.notes.set_visible(bool(notes))

    # --- from the layer's present filters on

    def _continue(self) -> None:
        """Takes up what stands on the layer: its filters, what the user changed of them since, and the references they came from."""
        take = kept_take(self.layer)
        if take is None:
            return
        files = [{"uri": uri} for name, uri in (take.get("files") or {}).items() if name != "original"]
        for kept in take.get("references") or files:
            try:
                self.exploration.references.append(recalled(kept))
            except RequestError as error:
                self._complain(str(error))
        self.strip.fill()
        self.exploration.picks = list(take.get("picks", ()))
        self.gallery.update()
        if self.replaced:
            continue_from(self.exploration, self.layer, self.replaced, take, self._continued)
        elif self.exploration.references:
            self._references_changed()

    def _continued(self, found: Continued) -> None:
        """What the layer's filters mean as values has come: the search goes on from there, and leaves what was changed by hand."""
        exploration = self.exploration
        if found.foreign:
            self.replaced = [live for live in self.replaced if live.get_name() not in found.foreign]
            exploration.content = read_layer(self.layer, self.replaced)
            self._clear_easel()
            self._complain(
                _("These filters stay as they are, since the engine cannot read them: {names}.").format(names=", ".join(found.foreign))
            )
        exploration.start, exploration.values, exploration.recipe = dict(found.values), dict(found.values), list(found.recipe)
        exploration.locked |= found.edited
        exploration.strength = 1.0  # what a search finds begins where the layer is
        self.strength.set_value(100)
        self.filters.edited = frozenset(found.edited)
        self.filters.update()
        self._render_here(exploration.recipe, _("As the layer is now"))
        self._told("progress")

    # --- what the exploration tells

    def _turn(self) -> bool:
        try:
            self.exploration.turn()
        except Exception as error:  # what a timer raises would end it, and the window would wait for nothing
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            self.exploration.fail(EngineError("internal", what, _("This is a fault of the plug-in; please report it.")))
        if self.pump.trouble is not None:
            self._told("progress")
        return True

    def _told(self, what: str) -> None:
        exploration = self.exploration
        if what == "preview":
            self._show_after()
        elif what == "gallery":
            self.gallery.update()
        elif what == "filters":
            self.filters.update()
            self.settings.update()
            self.takes.update()
        self.status.update()
        self.apply.set_sensitive(bool(exploration.applied()))
        if what == "gallery" and self.strip.has_focus_inside():
            self.apply.grab_focus()  # there is an answer: Return takes it
        self.likeness.set_sensitive(exploration.look.is_answer)

    # --- the picture

    def _show_before(self) -> None:
        content = self.exploration.content
        self.preview.show_before(pixbuf_of(content.shown, content.width, content.height, 4))

    def _show_after(self) -> None:
        exploration = self.exploration
        title = exploration.title() if self.takes.comparing else ""
        self.preview.show_after(exploration.picture and self._masked(exploration.picture), exploration.caption or title)

    def _masked(self, picture: Rendered) -> Any:
        """The engine renders the whole content; transparency and the selection's soft edge come back here."""
        content = self.exploration.content
        if (content.width, content.height) != (picture.width, picture.height):
            return pixbuf_of(picture.data, picture.width, picture.height)
        return shown_through(picture.data, content.shown, content.selected, content.width, content.height)

    def _render_here(self, recipe: Sequence[Mapping[str, Any]], name: str) -> None:
        """Shows a recipe as GIMP itself renders it: needs no study."""
        try:
            self.preview.show_after(pixbuf_of(*seen_with(self.layer, self.replaced, recipe), 4), name)
        except RequestError as error:
            self._complain(str(error))

    # --- takes

    def _show_take(self, take: Take) -> None:
        exploration = self.exploration
        if exploration.imitation is not None:
            exploration.show(Look(values=take.values, name=take.name))
            return
        exploration.values, exploration.recipe = dict(take.values), list(take.recipe)
        self._render_here(take.recipe, take.name)
        self._told("filters")

    def _compare(self, take: Take | None) -> None:
        """A take in the place of the unedited picture, with the divider."""
        if take is None:
            self._show_before()
        else:
            try:
                self.preview.show_before(pixbuf_of(*seen_with(self.layer, self.replaced, take.recipe), 4), take.name)
            except RequestError as error:
                self._complain(str(error))
                return
        self.split.set_active(take is not None)
        if self.exploration.picture is not None:
            self._show_after()

    def _elsewhere(self, take: Take) -> None:
        if trouble := apply_to_others(take, self.call.image, self.window):
            self._complain(trouble)

    # --- what the user does

    def _references_changed(self) -> None:
        if self._settling:
            GLib.source_remove(self._settling)
        self._settling = GLib.timeout_add(SETTLE_MS, self._settled)

    def _settled(self) -> bool:
        self._settling = 0
        self.exploration.search()
        return False

    def _keep_earlier(self, keep: bool) -> None:
        """Whether earlier filters of ours stay below the new ones: then they belong to the content."""
        self.keeps_earlier, self.replaced = keep, [] if keep else own_filters(self.layer)
        self.exploration.content = read_layer(self.layer, self.replaced)
        self._clear_easel()
        self.exploration.start = {}
        self._show_before()
        self.exploration.stale = True
        self._told("progress")

    def _key(self, window: Any, event: Any) -> bool:
        """Ctrl+Z goes back to what was shown before; in a text it is the text's own."""
        pressed = event.state & Gtk.accelerator_get_default_mod_mask() == Gdk.ModifierType.CONTROL_MASK and event.keyval == Gdk.KEY_z
        if pressed and not isinstance(window.get_focus(), Gtk.Editable):
            self.exploration.back()
            return True
        return False

    def _complain(self, text: str) -> None:
        box = Gtk.MessageDialog(transient_for=self.window, modal=True, message_type=Gtk.MessageType.WARNING, text=text)
        box.add_button(_("_OK"), Gtk.ResponseType.OK)
        box.run()
        box.destroy()

    def run(self) -> Mapping[str, str]:
        self.window.show()
        while True:
            response = self.window.run()
            if response == RESET:
                self._reset()
            elif response == Gtk.ResponseType.OK:
                try:
                    return self._apply()
                except RequestError as error:
                    self._complain(str(error))
            elif self._may_leave():
                raise CancelError

    def _reset(self) -> None:
        self.exploration.reset()
        self.filters.edited = frozenset()
        self.strip.fill()
        self.strength.set_value(100)
        self.likeness.set_value(100)
        self.settings.update()
        self._show_before()
        self.status.say(_("Cleared: references, locks, choices and dials. Takes stay."))

    def _may_leave(self) -> bool:
        """Nothing of what was looked at stays; takes that were kept on purpose are asked about."""
        if not self.takes.changed:
            return True
        keep, discard, back = 1, 2, 3
        answer = ask(
            self.window, _("Keep the takes?"), _("You changed the takes of this image. Its layers are left as they were in any case."),
            (_("_Back"), back), (_("_Discard"), discard), (_("_Keep Takes"), keep),
        )  # fmt: skip
        if answer == keep:
            takes.store(self.call.image, self.takes.takes)
        return answer in (keep, discard)

    def _apply(self) -> Mapping[str, str]:
        exploration = self.exploration
        if not self.layer.is_valid():
            raise RequestError(_("The layer is gone: its image was closed, or it was deleted. Cancel, and start again on another one."))
        self.pump.finish(LAST_WORDS_SECONDS)
        recipe = exploration.applied()
        files = dict(zip(self.parameters, [one.uri for one in exploration.references if one.uri], strict=False))
        wishes = exploration.wishes
        settings = {"likeness": 100 * wishes.likeness, "strength": 100 * exploration.strength, "filters": wishes.max_tools}
        answer = {**(exploration.imitation or {}), "recipe": recipe, "values": exploration.values}
        shown = [remembered(one) for one in exploration.references]
        exploration.note_choice()
        take = {"files": files, "references": shown, "settings": settings, "imitation": answer, "look": exploration.title()}
        take |= {"picks": exploration.picks}
        notes = put_recipe(self.layer, recipe, self.replaced, take)
        if self.takes.changed:
            takes.store(self.call.image, self.takes.takes)
        self.call.remember(
            {**settings, "keep-earlier": self.keeps_earlier, **dict.fromkeys((*self.parameters, "original"))}
            | {name: Gio.File.new_for_uri(uri) for name, uri in files.items()}
        )
        if notes:
            show_message("\n".join(notes))
        return {"report": json.dumps({"imitation": answer, "notes": notes, "layer": TAKE})}

    def _draw(self, recipe: Sequence[Mapping[str, Any]]) -> tuple[bytes, int, int]:
        """Renders a candidate of the search on a small copy of the layer, which is made when the first one is wanted."""
        if self.easel is None:
            self.easel = Easel(self.layer, self.replaced, DRAWN_SIDE)
        return self.easel.render(recipe), self.easel.width, self.easel.height

    def _clear_easel(self) -> None:
        """The layer is another one now: the next candidate begins on a fresh copy."""
        if self.easel is not None:
            self.easel.close()
            self.easel = None

    def end(self) -> None:
        """Leaves nothing behind: no timer, no study, no connection, no window."""
        GLib.source_remove(self._beat)
        if self._settling:
            GLib.source_remove(self._settling)
        self.exploration.forget()
        self.window.hide()  # the engine may be slow to hear that nothing is wanted any more
        if self.pump.attached:
            self.pump.finish(LAST_WORDS_SECONDS)
        self.pump.close()
        self._clear_easel()
        close(self.window)
