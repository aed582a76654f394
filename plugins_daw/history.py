"""Undo and redo of the audio host's session: a list of states."""

from plugins_daw.session import State


class Session:
    """A state with its past. Changes that carry the same gesture (one drag of one knob) are one step of undo."""

    STEPS = 500

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.saved = self.state
        self._past: list[State] = []
        self._future: list[State] = []
        self._gesture: str | None = None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    @property
    def dirty(self) -> bool:
        """Whether there is something that the session file does not hold."""
        return self.state != self.saved

    def change(self, state: State, gesture: str | None = None) -> None:
        if state == self.state:
            return
        if gesture is None or gesture != self._gesture:
            self._past = [*self._past[-self.STEPS + 1 :], self.state]
        self._gesture = gesture
        self._future = []
        self.state = state

    def forget_history(self) -> None:
        """What is there now is where undo ends."""
        self._past, self._future, self._gesture, self.saved = [], [], None, self.state

    def take_back(self) -> None:
        """Undoes a change that could not be carried out: there is no redo of it."""
        if self.undo():
            self._future.pop()

    def undo(self) -> bool:
        """One step back -> whether there was one."""
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        return self._step(self._future, self._past)

    def _step(self, there: list[State], back: list[State]) -> bool:
        if not there:
            return False
        back.append(self.state)
        self.state, self._gesture = there.pop(), None
        return True
