"""The one error of the protocol."""


class ProtocolError(Exception):
    """A message that must not be used. `code` is stable and travels; `remedy` says what to do about it.

    Codes: ``parts``, ``size``, ``magic``, ``signature``, ``replay``, ``header``, ``version``, ``type``, ``body``, ``array``, ``finite``.
    """

    def __init__(self, code: str, what: str, remedy: str = "Use the client that came with this engine.") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.remedy = remedy
