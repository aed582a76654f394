"""The one error of the client."""


class EngineError(Exception):
    """Something that the engine, or the way to it, could not do.

    `code` is stable, `what` says what happened, `remedy` what to do about it. Codes of the client itself: ``absent`` (no engine and none
    may be started), ``start`` (it could not be started), ``silent`` (no answer in time), ``file`` (the connection file cannot be used),
    ``reply`` (an answer that does not fit). All others come from the engine or the protocol.
    """

    def __init__(self, code: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.remedy = remedy
