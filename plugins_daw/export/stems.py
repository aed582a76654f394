"""The chain over a folder of stems: each is written beside them, as loud as it was, so that their balance stays."""

from collections.abc import Sequence
from pathlib import Path

from plugins_daw import tracks
from plugins_daw.bounce import bounce, suffix_for
from plugins_daw.chain import Spec
from plugins_daw.export.project import Made, Tell
from plugins_daw.formats import SUFFIXES
from server.options import make_folder
from shared_engine.errors import InputError

FOLDER = "processed"


def process(folder: Path, specs: Sequence[Spec], tell: Tell = lambda stage, part: None) -> Made:
    """Every sound file of `folder` through the chain into its subfolder `processed`; one that cannot be used is named and left out.

    Raises InputError where there is none, or the folder cannot be written.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()) if folder.is_dir() else []
    if not files:
        raise InputError(f"there are no sound files in {folder}", "Choose the folder that holds the stems.")
    made = Made(folder / FOLDER)
    make_folder(made.folder)
    for index, path in enumerate(files):

        def report(part: float, index: int = index, name: str = path.name) -> None:
            tell(name, (index + part) / len(files))

        try:
            tracks.scan(path)
            target = made.folder / f"{path.stem}{suffix_for(path)}"
            done = bounce(path, target, specs, report=report, keep_depth=True)
        except InputError as error:
            made.notes.append(f"{error}. {error.remedy}")
            continue
        made.add(target, f"{done.after + done.gain:.1f} LUFS")
        if done.limited:
            made.notes.append(f"{path.name} was turned down: its peaks would clip.")
    return made
