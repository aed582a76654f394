"""`register()`-style plug-ins for GIMP 3.0 and 3.2. The only file that imports gi: others take GIMP's modules from here.

A declaration (name, texts, parameters, function, menus) becomes one procedure of one generated `Gimp.PlugIn`; `main()` hands it to GIMP.
The function gets a `Call` and returns the values that the declaration names in `results`. What it raises becomes a PDB status:
`RequestError` CALLING_ERROR, `CancelError` CANCEL, `ServiceError` and anything else EXECUTION_ERROR.
"""

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import gi

gi.require_version("Gimp", "3.0")  # the name of the interface in GIMP 3.2 too
gi.require_version("Gegl", "0.4")
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, Gegl, Gimp, Gio, GLib, GObject  # noqa: E402

VERSION = (Gimp.MAJOR_VERSION, Gimp.MINOR_VERSION, Gimp.MICRO_VERSION)

HAS_CUSTOM = hasattr(Gimp.DrawableFilter, "operation_get_available")
"""False in GIMP 3.0, whose core crashes when a plug-in makes one of `CUSTOM`. 3.2 made them safe and brought this function with it."""

CUSTOM = frozenset(f"gimp:{name}" for name in ("brightness-contrast", "levels", "curves", "color-balance", "hue-saturation"))
CORE_IN_3_0 = frozenset(f"gimp:{name}" for name in ("colorize", "desaturate", "posterize", "threshold"))
"""Operations of GIMP's own that 3.0 offers to filters but does not list (they live in GIMP's core, not in GEGL)."""


class RequestError(Exception):
    """The request cannot be done as it is; the text says what to change."""


class ServiceError(Exception):
    """Something that the procedure needs failed; the text says what to do about it."""


class CancelError(Exception):
    """The user changed their mind. Nothing was done."""


@dataclass(frozen=True)
class Parameter:
    """One argument of a procedure. `kind` is a PF_ constant; `low`, `high` bound numbers; `choices` maps words to labels (PF_OPTION)."""

    kind: str
    name: str
    label: str
    help: str
    default: Any = None
    low: float = 0.0
    high: float = 1.0
    choices: Mapping[str, str] = field(default_factory=dict)


PF_FILE, PF_STRING, PF_FLOAT, PF_SLIDER, PF_INT, PF_BOOL, PF_OPTION = "file", "string", "float", "slider", "int", "bool", "option"


@dataclass(frozen=True)
class Call:
    """What GIMP asks for: `values` holds every parameter by name (files as `Gio.File` or None), those of the last time where it remembers
    them. `interactive`: a user looks on; `repeated`: they chose Repeat, and want no questions. `remember` keeps values for the next time.
    """

    image: Any
    drawables: Sequence[Any]
    values: dict[str, Any]
    interactive: bool
    repeated: bool
    remember: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Declaration:
    name: str
    blurb: str
    help: str
    author: str
    copyright: str
    date: str
    label: str
    image_types: str
    params: Sequence[Parameter]
    results: Sequence[tuple[str, str]]
    function: Callable[[Call], Mapping[str, str]]
    menus: Sequence[str]


_declared: dict[str, Declaration] = {}


def register(
    name: str, blurb: str, help: str, author: str, copyright: str, date: str, label: str, image_types: str,
    params: Sequence[Parameter], results: Sequence[tuple[str, str]], function: Callable[[Call], Mapping[str, str]],
    menu: str | Sequence[str],
) -> None:  # fmt: skip
    """Declares one procedure, in the manner of gimpfu. `results` are (name, blurb) of strings that the function returns."""
    menus = (menu,) if isinstance(menu, str) else tuple(menu)
    _declared[name] = Declaration(
        name, blurb, help, author, copyright, date, label, image_types, tuple(params), tuple(results), function, menus
    )


def main() -> None:
    """Hands everything declared to GIMP; ends with the plug-in's process."""
    Gimp.main(_PlugIn.__gtype__, sys.argv)


class _PlugIn(Gimp.PlugIn):
    def do_set_i18n(self, name: str) -> bool:
        return False

    def do_query_procedures(self) -> list[str]:
        return list(_declared)

    def do_create_procedure(self, name: str) -> Any:
        declaration = _declared[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, declaration)
        procedure.set_image_types(declaration.image_types)
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_menu_label(declaration.label)
        for menu in declaration.menus:
            procedure.add_menu_path(menu)
        procedure.set_documentation(declaration.blurb, declaration.help, name)
        procedure.set_attribution(declaration.author, declaration.copyright, declaration.date)
        for parameter in declaration.params:
            _add_argument(procedure, parameter)
        for result, blurb in declaration.results:
            procedure.add_string_return_value(result, result.capitalize(), blurb, "", GObject.ParamFlags.READWRITE)
        return procedure


def _add_argument(procedure: Any, parameter: Parameter) -> None:
    start = (parameter.name, parameter.label, parameter.help)
    flags = GObject.ParamFlags.READWRITE
    match parameter.kind:
        case "file":
            procedure.add_file_argument(*start, Gimp.FileChooserAction.OPEN, True, None, flags)
        case "string":
            procedure.add_string_argument(*start, parameter.default or "", flags)
        case "float" | "slider":
            procedure.add_double_argument(*start, parameter.low, parameter.high, parameter.default, flags)
        case "int":
            procedure.add_int_argument(*start, int(parameter.low), int(parameter.high), parameter.default, flags)
        case "bool":
            procedure.add_boolean_argument(*start, parameter.default, flags)
        case "option":
            choice = Gimp.Choice.new()
            for position, (nick, label) in enumerate(parameter.choices.items()):
                choice.add(nick, position, label, None)
            procedure.add_choice_argument(*start, choice, parameter.default, flags)
        case kind:
            raise ValueError(f"{parameter.name}: there is no parameter kind {kind!r}")


def _run(procedure: Any, run_mode: Any, image: Any, drawables: Sequence[Any], config: Any, declaration: Declaration) -> Any:
    interactive = run_mode != Gimp.RunMode.NONINTERACTIVE
    values: dict[str, Any] = {}
    for parameter in declaration.params:
        # an empty string that GIMP remembered comes back as None
        value = config.get_property(parameter.name)
        values[parameter.name] = "" if value is None and parameter.kind == "string" else value

    def remember(chosen: Mapping[str, Any]) -> None:
        for name, value in chosen.items():
            config.set_property(name, value)

    def answer(status: Any, text: str = "") -> Any:
        error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0) if text else GLib.Error()
        return procedure.new_return_values(status, error)

    try:
        repeated = run_mode == Gimp.RunMode.WITH_LAST_VALS
        results = declaration.function(Call(image, list(drawables), values, interactive, repeated, remember))
    except CancelError:
        return answer(Gimp.PDBStatusType.CANCEL)
    except RequestError as refusal:
        return answer(Gimp.PDBStatusType.CALLING_ERROR, str(refusal))
    except ServiceError as failure:
        return answer(Gimp.PDBStatusType.EXECUTION_ERROR, str(failure))
    except Exception as error:  # GIMP would only say "returned no return values"
        traceback.print_exc()
        return answer(Gimp.PDBStatusType.EXECUTION_ERROR, f"{type(error).__name__}: {error}")
    returned = answer(Gimp.PDBStatusType.SUCCESS)
    for position, (name, _) in enumerate(declaration.results):
        returned.remove(position + 1)
        returned.insert(position + 1, GObject.Value(GObject.TYPE_STRING, results[name]))
    return returned


def load_ui() -> tuple[ModuleType, ModuleType, ModuleType]:
    """GIMP's widgets, GTK and GDK. Loaded only where a user looks on: a batch run has no display."""
    gi.require_version("GimpUi", "3.0")
    gi.require_version("Gtk", "3.0")
    gi.require_version("Gdk", "3.0")
    from gi.repository import Gdk, GimpUi, Gtk

    GimpUi.init("utsushi")
    return GimpUi, Gtk, Gdk


@cache
def available_operations() -> frozenset[str]:
    """Operations that a live filter may use in this GIMP."""
    if HAS_CUSTOM:
        return frozenset(Gimp.DrawableFilter.operation_get_available())
    Gegl.init(None)
    graph = Gegl.Node()
    return (frozenset(filter(lambda name: _is_plain(graph.create_child(name)), Gegl.list_operations())) | CORE_IN_3_0) - CUSTOM


def _is_plain(node: Any) -> bool:
    """Whether a node has one input and one output. GIMP 3.0 takes others and then does not put them on the layer, without a word."""
    return node.has_pad("input") and node.has_pad("output") and not node.has_pad("aux")


def show_message(text: str) -> None:
    """Says something to the user in GIMP's own way (status bar, dialog or error console, as they set it)."""
    Gimp.message(text)


__all__ = [
    "CUSTOM", "HAS_CUSTOM", "PF_BOOL", "PF_FILE", "PF_FLOAT", "PF_INT", "PF_OPTION", "PF_SLIDER", "PF_STRING", "VERSION",
    "Call", "CancelError", "GdkPixbuf", "Gegl", "Gimp", "Gio", "GLib", "GObject", "Parameter", "RequestError", "ServiceError",
    "available_operations", "load_ui", "main", "register", "show_message",
]  # fmt: skip
