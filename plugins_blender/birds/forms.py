"""The four birds as numbers, and what each key of theirs moves. Coordinates are those of geometry.py."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One species in its rest pose. `spine`: rows of (x, z, half width, half height) from rump to head; `neck`, `head`: rows where they
    begin. `beak`: (length, half width, half height, droop). `shoulder`, `tail`, `hip`: (x, z). `leg`: length, `web`: whether its toes are.
    """

    spine: tuple[tuple[float, float, float, float], ...]
    neck: float
    head: float
    beak_at: tuple[float, float]
    beak: tuple[float, float, float, float]
    beak_tilt: float
    eye: tuple[float, float, float]
    eye_size: float
    eye_front: float
    shoulder: tuple[float, float]
    fold: float
    wing: float
    tail: tuple[float, float]
    tail_size: tuple[float, float]
    tail_tilt: float
    hip: tuple[float, float]
    leg: float
    leg_size: float
    web: bool = False
    disc: bool = False
    # what the keys move, 0 = rest
    beak_long: float = 0.0
    slim: float = 0.0
    open: float = 0.0
    head_big: float = 0.0
    neck_long: float = 0.0
    tail_long: float = 0.0
    leg_long: float = 0.0
    crest: float = 0.0
    eye_big: float = 0.0


KEY_FIELDS = {
    "Long beak": "beak_long", "Slim body": "slim", "Wings open": "open", "Big head": "head_big", "Long neck": "neck_long",
    "Long tail": "tail_long", "Long legs": "leg_long", "Crest": "crest", "Big eyes": "eye_big",
}  # fmt: skip

SONGBIRD = Form(
    spine=(
        (-0.62, 0.66, 0.03, 0.03), (-0.48, 0.69, 0.14, 0.11), (-0.22, 0.70, 0.29, 0.27), (0.06, 0.75, 0.36, 0.35),
        (0.28, 0.87, 0.325, 0.325),
        (0.41, 1.03, 0.255, 0.26), (0.50, 1.18, 0.25, 0.255), (0.60, 1.27, 0.215, 0.215), (0.70, 1.27, 0.13, 0.13),
        (0.745, 1.255, 0.02, 0.02)),
    neck=4.2, head=5.1, beak_at=(0.72, 1.25), beak=(0.26, 0.075, 0.075, 0.03), beak_tilt=-0.08, eye=(0.61, 0.2, 1.29), eye_size=0.045,
    eye_front=0.25, shoulder=(0.26, 0.93), fold=0.30, wing=1.0, tail=(-0.52, 0.69), tail_size=(0.62, 0.30), tail_tilt=-0.12,
    hip=(0.02, 0.48), leg=0.46, leg_size=1.0,
)  # fmt: skip

WADER = Form(
    spine=(
        (-0.66, 1.40, 0.03, 0.03), (-0.5, 1.43, 0.13, 0.10), (-0.2, 1.48, 0.25, 0.23), (0.1, 1.54, 0.27, 0.28), (0.31, 1.66, 0.19, 0.20),
        (0.44, 1.86, 0.105, 0.11), (0.45, 2.08, 0.078, 0.082), (0.41, 2.28, 0.07, 0.074), (0.43, 2.44, 0.085, 0.09),
        (0.52, 2.53, 0.12, 0.118),
        (0.63, 2.54, 0.098, 0.095), (0.71, 2.53, 0.05, 0.05), (0.735, 2.525, 0.01, 0.01)),
    neck=4.4, head=8.0, beak_at=(0.69, 2.528), beak=(0.58, 0.042, 0.05, 0.02), beak_tilt=-0.12, eye=(0.575, 0.105, 2.56), eye_size=0.03,
    eye_front=0.2, shoulder=(0.26, 1.66), fold=0.22, wing=1.0, tail=(-0.55, 1.43), tail_size=(0.34, 0.22), tail_tilt=-0.2,
    hip=(-0.02, 1.32), leg=1.30, leg_size=0.85,
)  # fmt: skip

WATERBIRD = Form(
    spine=(
        (-0.86, 0.72, 0.03, 0.03), (-0.72, 0.67, 0.17, 0.10), (-0.42, 0.56, 0.36, 0.26), (0.0, 0.53, 0.42, 0.32),
        (0.36, 0.58, 0.35, 0.31),
        (0.55, 0.77, 0.20, 0.21), (0.60, 0.97, 0.14, 0.145), (0.62, 1.14, 0.135, 0.14), (0.67, 1.28, 0.165, 0.165),
        (0.78, 1.33, 0.158, 0.15),
        (0.88, 1.29, 0.10, 0.095), (0.915, 1.27, 0.02, 0.02)),
    neck=4.6, head=6.9, beak_at=(0.88, 1.265), beak=(0.30, 0.095, 0.06, -0.03), beak_tilt=-0.16, eye=(0.775, 0.145, 1.365), eye_size=0.034,
    eye_front=0.2, shoulder=(0.34, 0.68), fold=-0.02, wing=1.0, tail=(-0.76, 0.70), tail_size=(0.32, 0.30), tail_tilt=0.28,
    hip=(-0.04, 0.34), leg=0.32, leg_size=1.15, web=True,
)  # fmt: skip

OWL = Form(
    spine=(
        (-0.26, 0.24, 0.03, 0.03), (-0.22, 0.34, 0.16, 0.13), (-0.10, 0.58, 0.33, 0.30), (0.0, 0.90, 0.40, 0.36),
        (0.04, 1.18, 0.375, 0.34),
        (0.06, 1.36, 0.35, 0.325), (0.07, 1.50, 0.41, 0.34), (0.08, 1.68, 0.45, 0.345), (0.07, 1.84, 0.38, 0.30), (0.06, 1.94, 0.24, 0.2),
        (0.06, 1.98, 0.02, 0.02)),
    neck=4.4, head=5.2, beak_at=(0.41, 1.59), beak=(0.18, 0.055, 0.07, 0.10), beak_tilt=-0.9, eye=(0.365, 0.165, 1.68), eye_size=0.09,
    eye_front=0.88, shoulder=(-0.02, 1.24), fold=1.22, wing=1.02, tail=(-0.24, 0.42), tail_size=(0.44, 0.34), tail_tilt=-1.05,
    hip=(0.08, 0.36), leg=0.30, leg_size=1.5, disc=True,
)  # fmt: skip

FORMS = {"Songbird": SONGBIRD, "Wader": WADER, "Waterbird": WATERBIRD, "Owl": OWL}
