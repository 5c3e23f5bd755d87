"""A contact sheet of forty-eight story sentences, to look at what is drawn: the eye test.

    python -m models.illustrator.grid OUT.webp [--style paper] [--seed 0] [--sentences FILE]
    python -m models.illustrator.grid OUT.webp --pipeline models/illustrator/weights

The composer draws, or a pipeline of ours, which is given the scenes worded anew and the composer's
sketch of them, as its engine does.
"""

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from models.illustrator.composer import compose
from models.illustrator.parser import parse
from models.illustrator.scene import to_prompt

SENTENCES = Path(__file__).with_name("grid_sentences.txt")
_CAPTION = 30


def sheet(
    sentences: list[str],
    *,
    style: str = "",
    seed: int = 0,
    columns: int = 6,
    cell: tuple[int, int] = (256, 192),
    draw: Callable[[str, int], Image.Image] | None = None,
) -> Image.Image:
    """Every sentence drawn, with its words beneath.

    Args:
        sentences: To draw.
        style: Of the composer.
        seed: Of the first picture; the others follow.
        columns: Pictures a row.
        cell: Pixels of a picture, across and down.
        draw: A picture of a sentence with a seed; None for the composer, at twice the size.
    """
    draw = draw or _composer(style, cell)
    width, height = cell
    rows = -(-len(sentences) // columns)
    page = Image.new("RGB", (columns * width, rows * (height + _CAPTION)), "white")
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(11)
    for index, sentence in enumerate(sentences):
        image = draw(sentence, seed + index).resize(cell, Image.Resampling.LANCZOS)
        x, y = index % columns * width, index // columns * (height + _CAPTION)
        page.paste(image, (x, y))
        caption = "\n".join(textwrap.wrap(sentence, width * 46 // 256)[:2])
        pen.multiline_text((x + 3, y + height + 2), caption, fill="black", font=font, spacing=1)
    return page


def _composer(style: str, cell: tuple[int, int]) -> Callable[[str, int], Image.Image]:
    def draw(sentence: str, seed: int) -> Image.Image:
        reading = parse(sentence)
        size = {"width": 2 * cell[0], "height": 2 * cell[1]}
        picture = compose(reading.scene, seed=seed, style=style, without=reading.excluded, **size)
        return Image.fromarray(picture.render())

    return draw


def _illustrator(folder: Path) -> Callable[[str, int], Image.Image]:
    import torch  # noqa: PLC0415 - the composer needs none of it

    from models.illustrator.pipeline import IllustratorPipeline  # noqa: PLC0415 - as above

    pipeline: Any = IllustratorPipeline.from_pretrained(folder, dtype=torch.bfloat16)
    pipeline.set_progress_bar_config(disable=True)

    side = pipeline.native_size

    def draw(sentence: str, seed: int) -> Image.Image:
        reading = parse(sentence)
        drawn = compose(reading.scene, width=side, height=side, seed=seed, without=reading.excluded)
        images: list[Image.Image] = pipeline(
            # Where the words name no place, the sketch has one all the same.
            to_prompt(drawn.scene, None),
            sketch=drawn.sketch() if pipeline.takes_sketches else None,
            generator=torch.Generator().manual_seed(seed),
        ).images
        return images[0]

    return draw


def main() -> None:
    """Writes the sheet."""
    parser = argparse.ArgumentParser(description="Draw the contact sheet.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--style", default="")
    parser.add_argument("--pipeline", type=Path, help="draw by this pipeline directory instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    options = parser.parse_args()
    sentences = options.sentences.read_text(encoding="utf-8").strip().splitlines()
    if options.pipeline is None:
        page = sheet(sentences, style=options.style, seed=options.seed)
    else:
        draw = _illustrator(options.pipeline)
        page = sheet(sentences, seed=options.seed, columns=8, cell=(192, 192), draw=draw)
    page.save(options.output, quality=70)


if __name__ == "__main__":
    main()
