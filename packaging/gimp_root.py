"""Debian roots that hold a real GIMP: trixie has GIMP 3.0, sid has 3.2. Built once with debootstrap, cached, re-used.

    python packaging/gimp_root.py [trixie] [sid]        builds what is missing (about 3 minutes and 0.8 GB each; needs root)

A finished root holds two commands: `enter COMMAND ...` and `gimp-console ...`, which is GIMP's console inside the root and can stand
wherever a path to a GIMP is asked for (UTSUSHI_GIMP). Nothing is ever mounted where the machine can see it: both work in a mount and
process namespace of their own, so the kernel takes all mounts and all left-over processes away with the command, however it ends.
That matters because /dev is bind-mounted into a root while it is in use.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shared_engine.cache import hosts_folder

SUITES = {"trixie": "3.0", "sid": "3.2"}
"""Debian suite -> the GIMP series that it ships."""

MARK = "utsushi-root.json"
"""Written last: a root without it is not complete. It names the packages that were asked for."""

PACKAGES = (
    # GIMP itself with its loaders, Python as a plug-in language, and numpy for the scripts of tests (the plug-in needs none)
    *("gimp", "gimp-data", "python3-gi", "python3-numpy", "gir1.2-gegl-0.4", "gir1.2-gtk-3.0"),
    # a screen without a screen: the real window for screenshots, in English and Japanese
    *("xvfb", "openbox", "xdotool", "imagemagick", "dbus-x11", "fonts-dejavu-core", "fonts-vlgothic", "adwaita-icon-theme"),
    *("librsvg2-common", "at-spi2-core", "gir1.2-atspi-2.0"),  # and what is on it, by name
)

SLIM = "".join(f"path-exclude /usr/share/{folder}/*\n" for folder in ("doc", "man", "locale", "help", "info"))

NAMESPACE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")

ENTER = f"""#!/bin/sh
# enter COMMAND ...: runs COMMAND inside this root, in the current folder, the only one of this machine that it sees (under its own
# path). The network and the environment are the machine's, PATH excepted.
root=$(cd "$(dirname "$0")" && pwd -P)
exec {" ".join(NAMESPACE)} sh -e -c '
    root=$1; work=$2; shift 2
    mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"; mount -t sysfs sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/tmp"; mount -t tmpfs tmpfs "$root/run"
    if [ "$work" != / ]; then mkdir -p "$root$work"; mount --bind "$work" "$root$work"; fi
    exec chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "cd \\"\\$0\\" && exec \\"\\$@\\"" "$work" "$@"
' sh "$root" "$(pwd -P)" "$@"
"""

CONSOLE = '#!/bin/sh\nexec "$(dirname "$0")/enter" gimp-console-3 "$@"\n'


class RootError(Exception):
    """A root cannot be had here; the text says why."""


def why_not() -> str | None:
    """Why no root can be built or entered here, or None when it can."""
    if sys.platform != "linux":
        return "Debian roots need Linux"
    if os.geteuid() != 0:
        return "building and entering a Debian root needs root"
    if not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        return "this machine does not allow mount namespaces (unshare)"
    if not shutil.which("apt-get"):
        return "there is no apt here to fetch Debian packages with"
    return None


def build_root(suite: str) -> Path:
    """Returns the finished root of `suite`; builds it first when it is missing. Of two builders at once the second waits.

    Raises RootError with the reason when it cannot be built.
    """
    if reason := why_not():
        raise RootError(reason)
    folder = hosts_folder()
    folder.mkdir(parents=True, exist_ok=True)
    root, part, log = (folder / f"{suite}{end}" for end in ("", ".part", ".log"))
    with open(folder / f"{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / MARK).is_file():
            shutil.rmtree(part, ignore_errors=True)
            with open(log, "w") as output:
                try:
                    _bootstrap(suite, part, output.fileno())
                except subprocess.CalledProcessError as error:
                    raise RootError(f"building the Debian root {suite} failed at {error.cmd[-1]!r}; see {log}") from error
            shutil.rmtree(root, ignore_errors=True)
            part.rename(root)
        _write_commands(root)
        if missing := set(PACKAGES) - set(json.loads((root / MARK).read_text()).get("packages", ())):
            with open(log, "a") as output:
                try:
                    _add(suite, root, sorted(missing), output.fileno())
                except subprocess.CalledProcessError as error:
                    raise RootError(f"adding {', '.join(sorted(missing))} to the Debian root {suite} failed; see {log}") from error
        return root


def _write_commands(root: Path) -> None:
    for name, text in (("enter", ENTER), ("gimp-console", CONSOLE)):
        command = root / name
        if not command.is_file() or command.read_text() != text:
            command.write_text(text)
        command.chmod(0o755)


def _bootstrap(suite: str, part: Path, output: int) -> None:
    """debootstrap, then apt inside; ends by writing the mark."""
    if not shutil.which("debootstrap"):
        _run(output, "apt-get", "update")
        _run(output, "apt-get", "install", "-y", "--no-install-recommends", "debootstrap")
    _run(output, *NAMESPACE, "--mount-proc", "debootstrap", "--variant=minbase", suite, str(part), mirror())
    (part / "etc/dpkg/dpkg.cfg.d/slim").write_text(SLIM)
    (part / "etc/apt/apt.conf.d/90host").write_text(_fetch_settings())
    for name in ("resolv.conf", "hosts"):
        with suppress(FileNotFoundError):
            shutil.copyfile(Path("/etc") / name, part / "etc" / name)
    _write_commands(part)
    _add(suite, part, PACKAGES, output)


def _add(suite: str, root: Path, packages: Sequence[str], output: int) -> None:
    """Installs packages in a root and notes that it has all of `PACKAGES`."""
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages], ["clean"]):
        _run(output, str(root / "enter"), "apt-get", *step)
    for folder in (root / "var/lib/apt/lists", root / "var/cache/apt"):
        shutil.rmtree(folder, ignore_errors=True)
    query = [str(root / "enter"), "dpkg-query", "-W", "-f", "${Version}", "gimp"]
    version = subprocess.run(query, check=True, cwd="/", capture_output=True, text=True).stdout
    (root / MARK).write_text(json.dumps({"suite": suite, "gimp": version, "packages": sorted(PACKAGES)}) + "\n")


def _run(output: int, *command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)


def mirror() -> str:
    """The Debian mirror that this machine's own apt uses ($UTSUSHI_DEBIAN_MIRROR overrides). Raises RootError where there is none."""
    if chosen := os.environ.get("UTSUSHI_DEBIAN_MIRROR"):
        return chosen
    folder = Path("/etc/apt")
    for file in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]:
        with suppress(OSError, UnicodeDecodeError):
            if found := re.search(r"^(?:URIs:|deb\b[^#\n]*?)\s*(https?://\S+/debian/?)(?=\s|$)", file.read_text(), re.MULTILINE):
                return found.group(1)
    raise RootError("this machine's apt names no Debian mirror; set UTSUSHI_DEBIAN_MIRROR to one")


def _fetch_settings() -> str:
    """How this machine's apt fetches (proxies, date checks), for the root's apt."""
    dump = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
    return "".join(line + "\n" for line in dump.splitlines() if "::IndexTargets" not in line)


def main(suites: Sequence[str]) -> int:
    for suite in suites or SUITES:
        try:
            root = build_root(suite)
        except RootError as error:
            sys.stderr.write(f"{suite}: {error}\n")
            return 1
        sys.stdout.write(f"{suite}: GIMP {json.loads((root / MARK).read_text())['gimp']} in {root}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
