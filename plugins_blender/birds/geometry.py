"""A bird's surface as a function of a few numbers: the same topology for any of them, so that each shape key is one more evaluation.

Coordinates: x forwards, y to the bird's left, z up, feet on z = 0; one unit is about the length of a songbird's body.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

if __package__:
    from .forms import FORMS, Form
else:  # beside build.py, run by Blender as a script
    from forms import FORMS, Form

Points = NDArray[np.float64]

AROUND, ALONG = 36, 96
"""Vertices of the body's loft."""


@dataclass
class Surface:
    """Vertices, faces and each face's slot, in the making."""

    vertices: list[Points] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    count: int = 0

    def grid(self, points: Points, slot: str | Callable[[int, int], str], closed: bool = False) -> None:
        """Adds a (rows, columns, 3) grid; `closed`: the columns go round."""
        rows, columns = points.shape[:2]
        for row in range(rows - 1):
            for column in range(columns if closed else columns - 1):
                following = (column + 1) % columns
                corners = (row * columns + column, row * columns + following, (row + 1) * columns + following, (row + 1) * columns + column)
                self.faces.append(tuple(self.count + corner for corner in corners))
                self.slots.append(slot if isinstance(slot, str) else slot(row, column))
        self.vertices.append(points.reshape(-1, 3))
        self.count += rows * columns

    def points(self) -> Points:
        return np.concatenate(self.vertices)


def curve(rows: Sequence[Sequence[float]], places: Points) -> Points:
    """A Catmull-Rom spline through `rows` at places 0..len(rows) - 1."""
    table = np.asarray(rows, float)
    padded = np.concatenate([[2 * table[0] - table[1]], table, [2 * table[-1] - table[-2]]])
    first = np.clip(places.astype(int), 0, len(table) - 2)
    t = (places - first)[:, None]
    a, b, c, d = (padded[first + shift] for shift in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def smooth(edge: float, width: float, places: Points) -> Points:
    """0 before `edge`, 1 from `edge` + `width` on."""
    t = np.clip((places - edge) / width, 0, 1)
    return t * t * (3 - 2 * t)


class Bird:
    """Builds the surface of one `Form`."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.surface = Surface()
        self.lift = form.leg_long * max(form.leg, 0.45) * 0.9
        self.places = np.linspace(0, len(form.spine) - 1, ALONG)
        self.spine = self._spine()
        self.center = self._head_center()

    def build(self) -> Surface:
        self._body()
        self._beak()
        for side in (1, -1):
            self._eye(side)
            self._wing(side)
            self._leg(side)
        self._tail()
        self._crest()
        return self.surface

    # --- body, neck and head as one loft --------------------------------------------------------------------------------------------

    def _spine(self) -> Points:
        """(ALONG, 4): x, z, half width, half height, with slimness, neck, head and legs at work."""
        form = self.form
        rows = curve(form.spine, self.places)
        rows[:, 2:] = np.maximum(rows[:, 2:], 0.008)
        trunk = smooth(0.2, 1.2, self.places) * (1 - smooth(form.neck - 0.3, 1.0, self.places))
        rows[:, 2] *= 1 - 0.36 * form.slim * trunk
        rows[:, 3] *= 1 - 0.26 * form.slim * trunk
        along = np.clip((self.places - form.neck + 0.4) / max(form.head - form.neck + 0.4, 0.5), 0, 1)
        rows[:, 1] += form.neck_long * 0.55 * along
        rows[:, 0] += form.neck_long * 0.05 * along
        rows[:, 1] += self.lift
        grown = smooth(form.head - 0.2, 0.9, self.places)[:, None]
        center = rows[int(np.searchsorted(self.places, form.head + 0.6 * (len(form.spine) - 1 - form.head)))].copy()
        offset = np.array([0.0, 0.3 * center[3]])
        rows[:, :2] += grown * form.head_big * 0.6 * (rows[:, :2] - center[:2] + offset)
        rows[:, 2:] *= 1 + 0.6 * form.head_big * grown
        self._about = center[:2] - offset
        return rows

    def _head_center(self) -> Points:
        return np.array([self._about[0], 0.0, self._about[1]])

    def on_head(self, point: Sequence[float]) -> Points:
        """A point given at rest, (x, y, z), where neck, head and legs have moved it."""
        form = self.form
        moved = np.array([point[0] + 0.05 * form.neck_long, point[1], point[2] + 0.55 * form.neck_long + self.lift])
        return moved + form.head_big * 0.6 * (moved - self.center)

    def _body(self) -> None:
        form = self.form
        tangent = np.gradient(curve(form.spine, self.places)[:, :2], axis=0)  # at rest: so a key bends no ring, and may be overdone
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        back = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
        angle = np.arange(AROUND) / AROUND * 2 * np.pi  # 0 at the back, half a turn at the belly
        y = self.spine[:, 2, None] * np.sin(angle)
        out = self.spine[:, 3, None] * np.cos(angle)
        points = np.stack([self.spine[:, 0, None] + back[:, 0, None] * out, y, self.spine[:, 1, None] + back[:, 1, None] * out], -1)

        def slot(row: int, column: int) -> str:
            if self.places[row] >= form.head:
                return "Head"
            below = abs((column + 0.5) / AROUND - 0.5) < 0.21
            return "Breast" if below and self.places[row] > 1.6 else "Body"

        self.surface.grid(points, slot, closed=True)

    # --- beak and eyes ----------------------------------------------------------------------------------------------------------------

    def _beak(self) -> None:
        """Two mandibles, each a tapering half loft that bends down by `droop`."""
        form = self.form
        length, wide, high, droop = form.beak
        length *= 1 + 1.6 * form.beak_long
        along = np.linspace(0, 1, 14)
        flat = form.web
        taper = np.sqrt(np.maximum(1 - along**3, 0.0)) * (1 - 0.25 * along) if flat else (1 - along) ** 0.8 * 0.97 + 0.03
        thin = (1 - 0.75 * along) if flat else taper
        for upper in (True, False):
            reach = length * (1.0 if upper else 0.9)
            angle = np.linspace(0, np.pi, 9) if upper else np.linspace(np.pi, 2 * np.pi, 9)
            height = high * (1.0 if upper else 0.62)
            x = reach * along[:, None] + 0 * angle
            y = wide * taper[:, None] * np.cos(angle)
            z = height * thin[:, None] * np.sin(angle) - (droop * (length / form.beak[0]) ** 0.5 * along[:, None] ** 2)
            local = np.stack([x, y, z], -1)
            turned = turn_y(local, form.beak_tilt)
            base = self.on_head((form.beak_at[0], 0.0, form.beak_at[1]))
            self.surface.grid(base + turned * (1 + 0.6 * form.head_big), "Beak")

    def _eye(self, side: int) -> None:
        form = self.form
        size = form.eye_size * (1 + 0.9 * form.eye_big) * (1 + 0.6 * form.head_big)
        at = self.on_head((form.eye[0], form.eye[1] * side, form.eye[2]))
        look = np.array([form.eye_front, side * np.sqrt(1 - form.eye_front**2), 0.05])
        ball = dome(size, look, 18, 20)
        self.surface.grid(at + ball, lambda row, _: "Pupil" if row < 4 else "Eye", closed=True)
        if form.disc:
            self._disc(at, look, side)

    def _disc(self, at: Points, look: Points, side: int) -> None:
        """The owl's ruff: a shallow bowl of feathers round each eye."""
        radius = np.linspace(0.085, 0.235, 6) * (1 + 0.6 * self.form.head_big)
        angle = np.arange(28) / 28 * 2 * np.pi
        right, up = frame(look)
        depth = 0.02 + 0.22 * np.sin(np.linspace(0, np.pi, len(radius))) * 0.25
        depth[-1] -= 0.10
        ring = radius[:, None, None] * (np.cos(angle)[:, None] * right * 0.85 + np.sin(angle)[:, None] * up)
        self.surface.grid(at + ring + depth[:, None, None] * look - 0.018 * look, "Breast", closed=True)

    # --- wings --------------------------------------------------------------------------------------------------------------------------

    def _side(self, x: float, z: float) -> float:
        """The body's half width at a point of its side."""
        distance = np.hypot(self.spine[:, 0] - x, self.spine[:, 1] - z)
        row = self.spine[int(distance[: int(ALONG * 0.62)].argmin())]
        return float(row[2] * np.sqrt(max(1 - (distance.min() / max(row[3], 0.05)) ** 2, 0.06)))

    def _wing(self, side: int) -> None:
        """Coverts over two rows of flight feathers: folded along the flank, or spread with the hand's feathers fanned out."""
        form = self.form
        shoulder = np.array([form.shoulder[0], 0.0, form.shoulder[1] + self.lift])
        spread = form.open
        self.surface.grid(mixed(self._coverts(shoulder, True), self._coverts(shoulder, False), spread) * [1, side, 1], "Wing")
        self.surface.grid(mixed(self._coverts(shoulder, True, 0.66), self._coverts(shoulder, False, 0.66), spread) * [1, side, 1], "Wing")
        for number in range(FEATHERS):
            u = number / (FEATHERS - 1)
            points = mixed(self._feather(shoulder, u, True), self._feather(shoulder, u, False), spread)
            self.surface.grid(points * [1, side, 1], "Wing")

    def _folded(self, shoulder: Points, along: Points, down: Points, lift: float) -> Points:
        """Points on the flank: `along` the wing's axis from the shoulder, `down` across it, `lift` out from the body."""
        form = self.form
        forward = np.array([-np.cos(form.fold), 0, -np.sin(form.fold)])
        across = np.array([np.sin(form.fold), 0, -np.cos(form.fold)]) if form.fold < 0.8 else np.array([0.9, 0, -0.25])
        flat = shoulder + along[..., None] * forward + down[..., None] * across
        wide = np.array([self._side(x, z) for x, z in flat[..., [0, 2]].reshape(-1, 2)]).reshape(along.shape)
        limit = self._side(float(shoulder[0]), float(shoulder[2])) * 0.55
        flat[..., 1] = np.maximum(wide, limit * np.clip(1.3 - along, 0.3, 1)) + lift
        return flat

    def _arm(self, s: Points) -> Points:
        """The spread wing's leading edge from shoulder to tip, relative to the shoulder."""
        size = self.form.wing
        rows = [(0.0, -0.04, -0.02), (0.12, 0.34, 0.26), (0.18, 0.68, 0.50), (0.08, 1.02, 0.70)]
        flank = self._side(self.form.shoulder[0], self.form.shoulder[1] + self.lift)
        return size * curve(rows, s * 3) + [0.0, 0.8 * flank, 0.0]

    def _coverts(self, shoulder: Points, folded: bool, reach: float = 1.0) -> Points:
        """A rounded patch, (rows along the arm, columns across it, 3); `reach` < 1: the smaller row above."""
        s, c = np.meshgrid(np.linspace(0, 1, 14), np.linspace(0, 1, 9), indexing="ij")
        raised = 0.05 + (1 - reach) * 0.045
        if folded:
            outline = np.sin(np.pi * np.clip(0.10 + 0.9 * s, 0, 1)) ** 0.6
            down = (c - 0.5) * 0.32 * outline * (0.75 + 0.25 * reach) + 0.02
            points = self._folded(shoulder, s * 0.56 * reach - 0.10, down, raised)
            points[..., 1] += 0.05 * np.sin(np.pi * c) * outline
            return points
        edge = shoulder + self._arm(s.reshape(-1)).reshape(*s.shape, 3)
        chord = self.form.wing * reach * (0.38 - 0.18 * s**2) * c
        behind = np.stack([0.02 - chord, 0 * chord, 0.035 * np.sin(np.pi * c**0.6) + (1 - reach) * 0.02], -1)
        return edge + turn_y(behind, DISPLAY)

    def _feather(self, shoulder: Points, u: float, folded: bool) -> Points:
        """One flight feather, (9, 3, 3): u = 0 next to the body, 1 at the wing's tip."""
        size = self.form.wing
        length = size * (0.44 + 0.12 * u + 0.28 * np.exp(-(((u - 0.84) / 0.22) ** 2)))
        wide = size * (0.085 - 0.03 * u)
        t = np.linspace(0, 1, 9)
        profile = np.minimum(1, 4 * t + 0.35) * np.sqrt(np.maximum(1 - t**6, 0.0))
        across = np.array([-1.0, 0.0, 1.0])
        if folded:
            begin = 0.10 + 0.16 * u
            down = 0.17 - 0.22 * u**0.8
            along = begin + length * (0.86 + 0.1 * u) * t[:, None] + 0 * across
            spread = down * (1 - 0.75 * t[:, None] ** 1.5) + wide * 0.8 * profile[:, None] * across
            return self._folded(shoulder, along, spread, 0.03 + 0.03 * u)
        base = shoulder + self._arm(np.array([0.06 + 0.94 * u]))[0] + turn_y(np.array([-0.05 * size, 0, 0]), DISPLAY)
        angle = 0.10 + 0.10 * u + 1.30 * np.clip((u - 0.45) / 0.55, 0, 1) ** 1.5
        way = np.array([-np.cos(angle), 0.75 * np.sin(angle), -0.10 + 0.62 * np.sin(angle)])
        edge = np.array([np.sin(angle), 0.75 * np.cos(angle), 0.62 * np.cos(angle)])
        middle = base + length * t[:, None] * way
        points = middle[:, None] + (2.7 * wide * profile)[:, None, None] * across[:, None] * edge
        points[..., 2] += 0.012 * (1 - np.abs(across)) - 0.05 * t[:, None] ** 2 - 0.012 * u
        return base + turn_y(points - base, DISPLAY)

    # --- tail, crest, legs ----------------------------------------------------------------------------------------------------------------

    def _tail(self) -> None:
        form = self.form
        length, fan = form.tail_size
        length *= 1 + 1.1 * form.tail_long
        base = np.array([form.tail[0] + 0.10 * np.cos(form.tail_tilt), 0.0, form.tail[1] + self.lift - 0.10 * np.sin(form.tail_tilt)])
        t = np.linspace(0, 1, 9)
        across = np.array([-1.0, 0.0, 1.0])
        for number in range(9):
            v = (number - 4) / 4
            angle = v * fan
            reach = length * (1 - 0.10 * abs(v)) + 0.1
            profile = np.minimum(1, 3 * t + 0.4) * np.sqrt(np.maximum(1 - t**8, 0.0)) * 0.062
            x = -np.cos(angle) * reach * t[:, None] + np.sin(angle) * profile[:, None] * across
            y = np.sin(angle) * reach * t[:, None] + np.cos(angle) * profile[:, None] * across
            z = 0.012 * (1 - np.abs(across)) - 0.01 * abs(v) - ROOF * np.abs(y)
            self.surface.grid(base + turn_y(np.stack([x, y, z], -1), -form.tail_tilt), "Tail")

    def _crest(self) -> None:
        """Five feathers on the crown that stand up; at rest they lie inside the head. An owl has them as two tufts."""
        form = self.form
        crown = self.spine[int(np.searchsorted(self.places, form.head + 0.62 * (len(form.spine) - 1 - form.head)))]
        t = np.linspace(0, 1, 8)
        across = np.array([-1.0, 0.0, 1.0])
        size = max(crown[3], 0.13) * (1 + 0.3 * form.head_big)
        for number in range(5):
            v = (number - 2) / 2
            side = np.sign(v) * 0.9 * crown[2] if form.disc else 0.02 * v
            lean = 0.25 if form.disc else 0.55 + 0.35 * number / 2
            reach = size * form.crest * (1.75 - 0.2 * abs(v) if form.disc else 2.3 - 0.28 * number)
            root = 0.35 * crown[3] if form.disc else 0.62 * crown[3]
            wide = 0.26 * size * form.crest * np.sin(np.pi * np.clip(t + 0.12, 0, 1))
            x = crown[0] - np.sin(lean) * reach * t[:, None] - 0.03 * number * form.crest + 0 * across
            y = side * 0.7 + 0.25 * side * t[:, None] + wide[:, None] * across
            z = (
                crown[1]
                + root
                + np.cos(lean) * reach * t[:, None]
                + 0.04 * reach * (1 - np.abs(across))
                - 0.25 * reach * t[:, None] ** 2 * lean
            )
            self.surface.grid(np.stack(np.broadcast_arrays(x, y, z), -1), "Head")

    def _leg(self, side: int) -> None:
        form = self.form
        thick = 0.034 * form.leg_size
        hip = np.array([form.hip[0], 0.13 * side * (1 - 0.25 * form.slim), form.hip[1] + self.lift])
        ankle = np.array([form.hip[0] + 0.03, 0.14 * side, 0.045])
        knee = hip + (ankle - hip) * 0.42 + [-0.07 if form.leg > 0.4 else -0.03, 0, 0]
        thigh = 0.5 if form.leg > 0.8 else 0.9
        self._tube([hip + [0, 0, 0.14], hip, hip + (knee - hip) * thigh * 0.6], [0.10, 0.085, thick * 1.3], "Body")
        self._tube([hip, knee, ankle], [thick, thick * 1.15, thick], "Leg")
        toe = 0.20 * form.leg_size**0.5 * (1.25 if form.leg > 0.8 else 1.0)
        tips = []
        for angle in (-0.5, 0.0, 0.5):
            tip = ankle + [toe * np.cos(angle), toe * np.sin(angle) - 0.0, -0.03]
            tips.append(tip)
            self._tube([ankle, (ankle + tip) / 2 + [0, 0, 0.012], tip], [thick * 0.95, thick * 0.75, thick * 0.3], "Leg")
        self._tube([ankle, ankle + [-toe * 0.5, 0, -0.03]], [thick * 0.9, thick * 0.3], "Leg")
        if form.web:
            fan = np.stack([np.linspace(ankle, tip, 5) for tip in (tips[0], (tips[0] + tips[1]) / 2 - [0.03, 0, 0], tips[1],
                                                                   (tips[1] + tips[2]) / 2 - [0.03, 0, 0], tips[2])])  # fmt: skip
            self.surface.grid(fan, "Leg")

    def _tube(self, way: Sequence[Points], radii: Sequence[float], slot: str) -> None:
        """A round tube along `way`, closed at its end."""
        rows = curve([*np.column_stack([np.array(way), np.array(radii)])], np.linspace(0, len(way) - 1, 6 * len(way)))
        rows[-1, 3] = 0.002
        tangent = np.gradient(rows[:, :3], axis=0)
        angle = np.arange(10) / 10 * 2 * np.pi
        rings = []
        for row, direction in zip(rows, tangent, strict=True):
            right, up = frame(direction / max(np.linalg.norm(direction), 1e-9))
            rings.append(row[:3] + row[3] * (np.cos(angle)[:, None] * right + np.sin(angle)[:, None] * up))
        self.surface.grid(np.array(rings), slot, closed=True)


FEATHERS = 17

DISPLAY = 0.9
"""How far a spread wing is turned to who stands before the bird, in radians: its feathers are seen as a fan, not from the edge."""

ROOF = 0.7
"""How steeply a tail falls to both sides."""


def turn_y(points: Points, angle: float) -> Points:
    """Turns about the y axis; positive lifts what lies ahead."""
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack([c * x - s * z, y, s * x + c * z], -1)


def frame(direction: Points) -> tuple[Points, Points]:
    """Two unit vectors across `direction`."""
    helper = np.array([0.0, 0.0, 1.0]) if abs(direction[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(helper, direction)
    right /= np.linalg.norm(right)
    return right, np.cross(direction, right)


def dome(radius: float, look: Points, rows: int, columns: int) -> Points:
    """A ball whose pole looks along `look`, (rows, columns, 3)."""
    look = look / np.linalg.norm(look)
    right, up = frame(look)
    polar = np.linspace(0.02, np.pi - 0.02, rows)[:, None, None]
    angle = (np.arange(columns) / columns * 2 * np.pi)[None, :, None]
    return radius * (np.cos(polar) * look + np.sin(polar) * (np.cos(angle) * right + np.sin(angle) * up))


def mixed(first: Points, second: Points, share: float) -> Points:
    return first + share * (second - first)


def surface(name: str, **keys: float) -> Surface:
    """The bird called `name`; `keys` by the fields of `Form` (KEY_FIELDS)."""
    return Bird(replace(FORMS[name], **keys)).build()
