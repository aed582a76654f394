"""Reads and writes picture files for the photo commands. Everything that can be wrong with a file is told here, once."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from shared_engine.errors import InputError

MIN_PIXELS, MAX_PIXELS = 64, 200_000_000
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".ppm"})
SHAPE_TOLERANCE = 0.01
SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class Picture:
    """A decoded file: `pixels` (H, W, 3) uint8 sRGB, `alpha` (H, W) uint8 or None, `size` (width, height) of the file.

    `exif` is kept for writing; `notes` say what reading changed.
    """

    path: Path
    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    size: tuple[int, int]
    exif: bytes | None = None
    notes: tuple[str, ...] = ()


def read(path: Path, max_side: int | None = None) -> Picture:
    """Decodes a picture, upright, in sRGB; `max_side` reads a smaller version (fast for JPEG).

    Raises:
        InputError: missing, unreadable, truncated, huge, CMYK, indexed or empty, each with its remedy.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}", "Check the path.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _decode(image, path, max_side)
    except PermissionError as error:
        raise InputError(f"{path} may not be read", "Give yourself permission to read it.") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{path} is not a picture that can be read", f"Export it as one of {', '.join(sorted(SUFFIXES))}.") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path} is larger than {MAX_PIXELS // 1_000_000} megapixels", "Scale it down first.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is damaged or cut off: {error}", "Export it again from its source.") from error


def read_mask(path: Path, size: tuple[int, int], alpha: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """A grey picture, scaled to `size` (width, height), times `alpha` where given -> (H, W) uint8.

    Raises:
        InputError: as `read`; another shape than the photo's; black all over.
    """
    picture = read(path)
    (width, height), (wide, high) = picture.size, size
    if abs(width * high - height * wide) > SHAPE_TOLERANCE * width * high:
        raise InputError(f"the mask {path} is {width} x {height}, not of the photo's shape", "Draw it over a copy of the photo.")
    grey = Image.fromarray(picture.pixels).convert("L").resize(size, Image.Resampling.BOX)
    weights = np.asarray(grey)
    if alpha is not None:
        weights = (weights.astype(np.uint16) * alpha // 255).astype(np.uint8)
    if not weights.any():
        raise InputError(f"the mask {path} is black: nothing is chosen", "Paint white where the look is wanted.")
    return weights


def _decode(image: Image.Image, path: Path, max_side: int | None) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(f"{path} has {width} x {height} pixels, over {MAX_PIXELS // 1_000_000} megapixels", "Scale it down first.")
    if width * height < MIN_PIXELS:
        raise InputError(f"{path} has only {width} x {height} pixels: too few to show a look", "Choose a larger picture.")
    if image.mode == "CMYK":
        raise InputError(f"{path} is CMYK", "Convert it to RGB first: its print colours depend on a profile that you should choose.")
    if image.mode in ("P", "PA"):
        raise InputError(f"{path} is indexed (a palette of few colours)", "Convert it to RGB first: in GIMP, Image > Mode > RGB.")
    if max_side:
        image.draft("RGB", (max_side, max_side))
    exif = image.info.get("exif")
    profile = image.info.get("icc_profile")
    notes = []
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        upright = _sixteen_bit(upright)
        notes.append("read at 8 bit; in GIMP the same settings work at the file's full depth")
    alpha = upright.convert("RGBA").getchannel("A") if "A" in upright.mode or "transparency" in upright.info else None
    upright = upright.convert("RGB")
    if max_side and max(upright.size) > max_side:
        upright.thumbnail((max_side, max_side), Image.Resampling.BOX)
        alpha = alpha.resize(upright.size, Image.Resampling.BOX) if alpha else None
    if profile:
        upright, note = _to_srgb(upright, profile)
        notes += [note] if note else []
    return Picture(path, np.asarray(upright), np.asarray(alpha) if alpha else None, (width, height), exif, tuple(notes))


def _sixteen_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image, np.float64)
    top = 65535.0 if values.max() > 1.0 else 1.0
    return Image.fromarray((values / top * 255).round().clip(0, 255).astype(np.uint8), "L")


def _to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, str]:
    """Converts from the embedded profile; says so where that changes the pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()
        if "sRGB" in name:
            return image, ""
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except ImageCms.PyCMSError:
        return image, "its colour profile cannot be used; read as sRGB"
    return converted or image, f"converted from {name} to sRGB"


def write(path: Path, pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None, exif: bytes | None = None) -> None:
    """Encodes (H, W, 3) uint8 sRGB by the suffix of `path`; JPEG at 95 %, 4:4:4.

    Raises:
        InputError: the folder may not be written, or the disk is full.
    """
    image = Image.fromarray(pixels)
    if alpha is not None and path.suffix.lower() not in (".jpg", ".jpeg"):
        image.putalpha(Image.fromarray(alpha))
    extra: dict[str, object] = {"icc_profile": ImageCms.ImageCmsProfile(SRGB).tobytes()}
    if exif:
        upright = Image.Exif()
        upright.load(exif)
        upright[0x0112] = 1  # the pixels are upright now
        extra["exif"] = upright.tobytes()
    if path.suffix.lower() in (".jpg", ".jpeg"):
        extra |= {"quality": 95, "subsampling": 0}
    elif path.suffix.lower() == ".png":
        extra["compress_level"] = 3
    try:
        image.save(path, **extra)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}", "Choose another folder with --out.") from error
