"""What can go wrong, as one tree. Every error carries its remedy.

UtsushiError
├── InputError        the user's material cannot be used as it is (file, picture, sound)
├── ParameterError    an unknown tool or parameter, or a value outside its range
├── StateError        a request that does not fit the study's state
└── AssetError        weights that are missing or not the pinned ones
"""


class UtsushiError(Exception):
    """An error that says what happened (`str(error)`) and what to do about it (`error.remedy`).

    `code` is the stable name that travels over the wire and into exit messages.
    """

    code = "error"

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class InputError(UtsushiError):
    code = "input"


class ParameterError(UtsushiError):
    code = "parameter"


class StateError(UtsushiError):
    code = "state"


class AssetError(UtsushiError):
    code = "asset"


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """The host renders no more: the search was stopped, or the host has gone. What was found so far stands."""
