"""Who may import whom: reads every import of the tree and fails on a breach of the plan."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = ("plugins_gimp", "plugins_blender", "plugins_daw")
PACKAGES = ("shared_engine", "server", *HOSTS)
CARRIED = ("server.client", "server.protocol", "server.connection", "server.launcher")
"""What a plug-in carries along (and `server` itself): it must run in whatever Python a host brings."""

HEAVY = {"torch", "onnxruntime", "librosa", "safetensors", "skimage", "matplotlib"}
HEAVY_ROOMS = ("shared_engine.metrics", "shared_engine.proposers", "shared_engine.training", "shared_engine.testing")
HOST_MODULES = {"gi", "bpy", "bpy_extras", "bl_math", "mathutils", "numpy"}
"""What a host's own Python has; numpy is inside Blender."""


def modules():
    """(name, path) of every module of the tree."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name, path, lazy=True):
    """Absolute names of everything that a module imports; `lazy`: also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    nodes = ast.walk(tree) if lazy else _at_import(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names if _is_module(f"{source}.{alias.name}"))


def _at_import(node):
    """Nodes that run when the module is imported: no function bodies, nothing for the type checker only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_import(child)


def _is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def top(name):
    return name.split(".")[0]


TREE = list(modules())


def names(chosen):
    return pytest.mark.parametrize(("name", "path"), [pytest.param(*module, id=module[0]) for module in TREE if chosen(module[0])])


def is_in(name, *packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_the_tree_was_found():
    assert {top(name) for name, _ in TREE} == set(PACKAGES)
    assert len(TREE) > 60


@names(lambda name: is_in(name, "shared_engine"))
def test_the_engine_knows_neither_server_nor_hosts(name, path):
    assert not {found for found in imports(name, path) if top(found) in ("server", *HOSTS)}


@names(lambda name: is_in(name, "server"))
def test_the_server_knows_no_host(name, path):
    assert not {found for found in imports(name, path) if top(found) in HOSTS}


@names(lambda name: is_in(name, *HOSTS))
def test_a_host_knows_no_other_host(name, path):
    assert not {found for found in imports(name, path) if top(found) in HOSTS and top(found) != top(name)}


@names(lambda name: is_in(name, *CARRIED) or name == "server")
def test_what_plug_ins_carry_needs_nothing_but_the_standard_library(name, path):
    for found in imports(name, path):
        if top(found) == "server":
            assert is_in(found, *CARRIED) or found == "server", found
        else:
            assert top(found) in sys.stdlib_module_names or (found, name) == ("zmq", "server.client.channel"), found


@names(lambda name: is_in(name, *CARRIED))
def test_what_plug_ins_carry_is_imported_relatively(name, path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    absolute = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    absolute |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not {found for found in absolute if top(found or "") in PACKAGES}


@names(lambda name: is_in(name, *(f"{host}.utsushi" for host in HOSTS)))
def test_plug_ins_need_nothing_but_their_host_and_what_they_carry(name, path):
    own = {"utsushi", *(sibling.stem for sibling in path.parent.iterdir())}
    allowed = sys.stdlib_module_names | HOST_MODULES | own
    for found in imports(name, path):
        assert top(found) in allowed or found == "server" or is_in(found, *CARRIED, f"{top(name)}.utsushi"), found


@names(lambda name: is_in(name, "shared_engine") and not is_in(name, *HEAVY_ROOMS))
def test_the_engine_starts_without_what_is_heavy(name, path):
    assert not {found for found in imports(name, path, lazy=False) if top(found) in HEAVY}


@names(lambda name: is_in(name, "shared_engine", "server"))
def test_libraries_do_not_print_and_files_stay_small(name, path):
    source = path.read_text(encoding="utf-8")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"]
    assert not calls
    assert source.count("\n") <= 400
