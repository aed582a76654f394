"""A background Blender that tests share: it answers all that the extension's own one answers, builds scenes, and runs what it is given."""

import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests/bench"), str(REPOSITORY / "plugins_blender")]

import blender_scenes  # noqa: E402
import bpy  # noqa: E402
from utsushi import say_session, session  # noqa: E402

ACTS = (*say_session.ACTS, "build", "run")


class Workshop(say_session.SaySession):
    """A session for tests."""

    def build(self, source: str, file: str) -> dict[str, Any]:
        """Runs `source`, which may use blender_scenes and makes a scene, and saves the scene as `file`."""
        self.run(source)
        bpy.ops.wm.save_as_mainfile(filepath=file)
        return {}

    def run(self, source: str) -> dict[str, Any]:
        """Runs `source` -> what it put into `found`."""
        names = {**vars(blender_scenes), "found": {}}
        exec(source, names)  # noqa: S102 - our own tests
        result: dict[str, Any] = names["found"]
        return result


if __name__ == "__main__":
    session.main(Path(sys.argv[sys.argv.index("--") + 1]), Workshop, ACTS)
