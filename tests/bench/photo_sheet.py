"""Contact sheets of the benchmark: reference, photo, result and truth side by side, two cases a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared_engine.types import Media

CELL, GAP, TEXT = 220, 8, 34
HEADINGS = ("reference", "photo", "result", "truth")


@dataclass(frozen=True)
class Row:
    shown: Media
    content: Media
    result: Media
    truth: Media
    title: str
    filters: str


def sheet(rows: Sequence[Row], columns: int = 2) -> Image.Image:
    width = len(HEADINGS) * (CELL + GAP) + 2 * GAP
    height = CELL + TEXT + GAP
    page = Image.new("RGB", (columns * width, 24 + height * -(-len(rows) // columns)), (30, 30, 32))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for index, row in enumerate(rows):
        left, top = (index % columns) * width + GAP, 24 + (index // columns) * height
        for place, (heading, media) in enumerate(zip(HEADINGS, (row.shown, row.content, row.result, row.truth), strict=True)):
            picture = Image.fromarray(np.round(media.data.clip(0, 1) * 255).astype(np.uint8))
            picture.thumbnail((CELL, CELL))
            page.paste(picture, (left + place * (CELL + GAP), top + TEXT))
            draw.text((left + place * (CELL + GAP), 4), heading, (160, 160, 164), font)
        draw.text((left, top), row.title, (235, 235, 235), font)
        draw.text((left, top + 16), row.filters, (160, 160, 164), font)
    return page
