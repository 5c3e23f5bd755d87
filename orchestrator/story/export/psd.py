"""A scene as a layered Photoshop file: the picture in its layers, the caption, the safe areas.

The composer draws in layers and gives the same picture for the same scene and seed: its layers are
used when, stacked, they are the picture that the story shows. Any other picture is one layer. Safe
areas (SMPTE ST 2046-1: action 93 %, title 90 %) are guides, and a hidden layer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from psd_tools import PSDImage
from psd_tools.api.layers import GroupMixin, PixelLayer
from psd_tools.constants import Resource
from psd_tools.psd.image_resources import GridGuidesInfo, ImageResource

from models.illustrator.composer import compose
from models.illustrator.layers import LayerKind
from orchestrator.story.domain import Scene, Story
from orchestrator.story.export.lettering import caption_layer, drawable

MEDIA_TYPE = "image/vnd.adobe.photoshop"
_ACTION, _TITLE = 0.93, 0.90
_GUIDE_UNITS = 32  # a pixel
_VERTICAL, _HORIZONTAL = 0, 1
# Stacking layers rounds differently than drawing them at once: a level here and there.
_MEAN_DIFFERENCE = 1.0
_CAPTION_CHARS = 160


def write_psd(target: Path, story: Story, scene: Scene, picture: Image.Image) -> tuple[str, ...]:
    """Writes the file.

    Args:
        target: The file; what was there is replaced.
        story: A finished story.
        scene: One of its scenes.
        picture: Its picture, RGB.

    Returns:
        What the maker should know.

    Raises:
        OSError: The file cannot be written.
    """
    drawn = _drawn_layers(story, scene, picture)
    notes = () if drawn else ("The picture was not drawn in layers: it is one layer.",)
    parts = drawn or [("picture", picture.convert("RGBA"))]
    caption = _caption(story, scene, picture.size)
    flat = picture.convert("RGBA")
    if caption is not None:
        flat.alpha_composite(caption)
    document = PSDImage.frompil(flat.convert("RGB"), color=0)
    group = document.create_group(name="picture")
    for name, part in parts:
        _add(group, name, part)
    if caption is not None:
        _add(document, "caption", caption)
    areas = _add(document, "safe areas", _safe_areas(picture.size))
    areas.visible = False
    document.image_resources[Resource.GRID_AND_GUIDES_INFO] = ImageResource(
        key=Resource.GRID_AND_GUIDES_INFO.value, data=_guides(picture.size).tobytes()
    )
    document.save(target)
    return notes


def _add(parent: GroupMixin, name: str, part: Image.Image) -> PixelLayer:
    """A layer of what an image shows, no larger than that."""
    box = part.getbbox(alpha_only=True) or (0, 0, 1, 1)
    return parent.create_pixel_layer(part.crop(box), name=name, left=box[0], top=box[1])


def _drawn_layers(
    story: Story, scene: Scene, picture: Image.Image
) -> list[tuple[str, Image.Image]]:
    """The composer's layers of a picture, from far to near; none when it did not draw it."""
    whole = compose(
        scene.description,
        width=picture.width,
        height=picture.height,
        seed=scene.seed,
        style=story.style,
    )
    given = np.asarray(picture.convert("RGB"), dtype=np.int16)
    if np.abs(whole.render().astype(np.int16) - given).mean() > _MEAN_DIFFERENCE:
        return []
    layers, stacked = [], Image.new("RGBA", picture.size)
    for layer in whole.layers():
        image = Image.fromarray(layer.render())
        stacked.alpha_composite(image)
        if image.getbbox(alpha_only=True) is not None:
            layers.append((_name(layer.kind, layer.name), image))
    both = np.asarray(stacked.convert("RGB"), dtype=np.int16)
    return layers if np.abs(both - given).mean() <= _MEAN_DIFFERENCE else []


def _name(kind: LayerKind, name: str) -> str:
    return f"subject: {name}" if kind is LayerKind.SUBJECT else name


def _caption(story: Story, scene: Scene, size: tuple[int, int]) -> Image.Image | None:
    """What is told during a scene, as much as fits, set like a caption; None without letters."""
    text = " ".join(story.segments[index].text for index in scene.segments)
    if len(text) > _CAPTION_CHARS:
        text = story.segments[scene.segments[0]].text
    if len(text) > _CAPTION_CHARS:
        text = text[:_CAPTION_CHARS].rsplit(" ", 1)[0] + " …"
    text = drawable(text)
    return caption_layer(text, size) if text.strip() else None


def _safe_areas(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGBA", size)
    draw = ImageDraw.Draw(image)
    for share, colour in ((_ACTION, (255, 80, 60, 220)), (_TITLE, (60, 200, 255, 220))):
        left, top = size[0] * (1 - share) / 2, size[1] * (1 - share) / 2
        draw.rectangle((left, top, size[0] - 1 - left, size[1] - 1 - top), outline=colour, width=2)
    return image


def _guides(size: tuple[int, int]) -> GridGuidesInfo:
    """Guides at the edges of both areas."""
    lines = [
        (round(side * edge * _GUIDE_UNITS), direction)
        for side, direction in ((size[0], _VERTICAL), (size[1], _HORIZONTAL))
        for share in (_ACTION, _TITLE)
        for edge in ((1 - share) / 2, (1 + share) / 2)
    ]
    grid = 18 * _GUIDE_UNITS
    guides = GridGuidesInfo(version=1, horizontal=grid, vertical=grid)
    guides.data = lines
    return guides
