"""What a host needs to talk to the engine. Standard library only; pyzmq is used where it is importable.

with connect() as engine:
    blobs = Blobs()
    body = {"renderer": "gimp", "content": blobs.picture(...), "references": [{"array": blobs.picture(...)}]}
    study = engine.open(body, blobs)
    engine.follow(study, report=show)
    answer, _ = engine.result(study)
"""

from ..protocol.arrays import Blobs
from .engine import Engine, connect
from .errors import EngineError
from .patience import Patience
from .pump import Pump

__all__ = ["Blobs", "Engine", "EngineError", "Patience", "Pump", "connect"]
