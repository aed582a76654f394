"""The contact sheet: photo, references, result and alternatives on one page, with the settings written under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

BACKGROUND, TEXT, FAINT, ACCENT = (34, 34, 36), (232, 232, 232), (160, 160, 164), (255, 176, 92)
CELL, TALLEST, GAP, LINE, TITLE_LINE = 420, 320, 28, 20, 26
COLUMNS = 3


Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Cell:
    """One picture (H, W, 3) uint8 with a title and lines of text below it."""

    pixels: NDArray[np.uint8]
    title: str
    lines: Sequence[str] = ()
    marked: bool = False


def contact_sheet(cells: Sequence[Cell], heading: str) -> Image.Image:
    """Lays the cells out in rows of `COLUMNS`, each row as high as its tallest cell needs."""
    title_font, font = ImageFont.load_default(19), ImageFont.load_default(14)
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    placed = [[_Placed(cell, title_font, font) for cell in row] for row in rows]
    heights = [max(cell.height for cell in row) for row in placed]
    sheet = Image.new("RGB", (GAP + COLUMNS * (CELL + GAP), 2 * GAP + 30 + sum(heights) + GAP * len(heights)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), heading, TEXT, ImageFont.load_default(24))
    top = 2 * GAP + 30
    for row, height in zip(placed, heights, strict=True):
        for column, cell in enumerate(row):
            cell.paint(sheet, draw, GAP + column * (CELL + GAP), top, title_font, font)
        top += height + GAP
    return sheet


class _Placed:
    """A cell with its picture scaled and its text wrapped to the cell's width."""

    def __init__(self, cell: Cell, title_font: Font, font: Font) -> None:
        self.cell = cell
        self.image = Image.fromarray(cell.pixels)
        self.image.thumbnail((CELL, TALLEST), Image.Resampling.LANCZOS)
        self.title = wrap(cell.title, _letters(title_font))
        self.lines = [part for line in cell.lines for part in wrap(line, _letters(font), subsequent_indent="    ")]

    @property
    def height(self) -> int:
        return self.image.height + 8 + TITLE_LINE * len(self.title) + LINE * len(self.lines)

    def paint(self, sheet: Image.Image, draw: ImageDraw.ImageDraw, left: int, top: int, title_font: Font, font: Font) -> None:
        sheet.paste(self.image, (left, top))
        below = top + self.image.height + 8
        for row, line in enumerate(self.title):
            draw.text((left, below + row * TITLE_LINE), line, ACCENT if self.cell.marked else TEXT, title_font)
        below += TITLE_LINE * len(self.title)
        for row, line in enumerate(self.lines):
            draw.text((left, below + row * LINE), line, FAINT, font)


def _letters(font: Font) -> int:
    """How many letters of ordinary text fit a cell's width."""
    return max(20, int(CELL / (font.getlength("abcdefghij 0123456789") / 21)))
