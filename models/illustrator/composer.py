"""The storybook composer: a scene in, a picture of vector shapes out.

Brings together the cast, the setting, the layout, the light and the style. It knows nothing of
words (the parser does) and nothing of requests and services.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.illustrator import styles, weather
from models.illustrator.actors import Actor, cast
from models.illustrator.boarding import embarked, lifeless
from models.illustrator.canvas import SIDE, Canvas
from models.illustrator.drawing import draw, heavens
from models.illustrator.layers import Layer, LayerKind, depths
from models.illustrator.layout import arrange
from models.illustrator.library import Library
from models.illustrator.light import Light
from models.illustrator.palettes import Palette, palette_named
from models.illustrator.placed import Placed
from models.illustrator.rasterising import rasterised
from models.illustrator.scene import Framing, Scene, Season, Setting, TimeOfDay, Weather
from models.illustrator.settings import INDOORS, stage_for
from models.illustrator.settings.stage import Stage
from models.illustrator.wholes import hour_of, of_the_hour, surfaced, without_parts

_E = TypeVar("_E", TimeOfDay, Weather, Season)
_OPEN = (Setting.MEADOW, Setting.HILLS, Setting.PARK, Setting.FOREST)
# What a place is made of: not drawn a second time, unless the words ask something of it.
_OF_THE_PLACE: dict[Setting, frozenset[str]] = {
    Setting.CASTLE: frozenset({"castle"}),
    Setting.FARM: frozenset({"barn", "fence"}),
    Setting.VILLAGE: frozenset({"house", "church"}),
    Setting.CIRCUS: frozenset({"circus-tent"}),
    Setting.SHIP_DECK: frozenset({"ship", "pirate-ship", "sailboat"}),
    Setting.TRAIN: frozenset({"train"}),
    Setting.MOON: frozenset({"moon", "earth"}),
    Setting.ISLAND: frozenset({"island-thing", "palm"}),
    Setting.SCHOOL: frozenset({"school-building", "earth"}),
    Setting.SPACE: frozenset({"planet"}),
    Setting.SHOP: frozenset({"shop-building"}),
}
_AIRLESS = frozenset({Setting.UNDERWATER, Setting.SPACE, Setting.MOON})


@dataclass(frozen=True, slots=True)
class _Part:
    """One layer without its document; as `Layer`."""

    name: str
    content: str
    kind: LayerKind
    subject: int | None = None
    depth: float = 0.0
    box: tuple[float, float, float, float] | None = None  # in canvas units


@dataclass(frozen=True, slots=True)
class Composition:
    """A composed picture of `width` × `height` pixels.

    `scene` is what was to be shown, in the setting that it was drawn in, whether words named it or
    the composer found it. `drawn` are the nouns that the picture shows, `missing` those that the
    art library lacks.
    """

    width: int
    height: int
    scene: Scene
    drawn: tuple[str, ...]
    missing: tuple[str, ...]
    _view: tuple[float, float]
    _parts: tuple[_Part, ...] = field(repr=False)

    def svg(self) -> str:
        """The whole picture as one SVG document."""
        return self._document("".join(part.content for part in self._parts))

    def layers(self) -> list[Layer]:
        """Background, each subject from far to near, foreground; stacked they give the picture."""
        across, down = self.width / self._view[0], self.height / self._view[1]
        return [
            Layer(
                name=part.name,
                svg=self._document(part.content),
                kind=part.kind,
                width=self.width,
                height=self.height,
                subject=part.subject,
                depth=part.depth,
                box=part.box
                and (
                    part.box[0] * across,
                    part.box[1] * down,
                    part.box[2] * across,
                    part.box[3] * down,
                ),
            )
            for part in self._parts
        ]

    def render(self) -> NDArray[np.uint8]:
        """The picture's pixels: uint8, shape (height, width, 3), sRGB, rows from the top."""
        return np.ascontiguousarray(rasterised(self.svg(), self.width, self.height)[..., :3])

    def sketch(self) -> NDArray[np.uint8]:
        """The subjects alone, where they stand: uint8, (height, width, 4), sRGB, straight alpha."""
        subjects = (part.content for part in self._parts if part.kind is LayerKind.SUBJECT)
        return rasterised(self._document("".join(subjects)), self.width, self.height)

    def _document(self, content: str) -> str:
        width, height = self._view
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" '
            f'xmlns:xlink="http://www.w3.org/1999/xlink" width="{self.width}" '
            f'height="{self.height}" viewBox="0 0 {width:g} {height:g}" '
            f'preserveAspectRatio="none">{content}</svg>'
        )


def compose(
    scene: Scene,
    *,
    width: int,
    height: int,
    seed: int = 0,
    style: str = "",
    without: Collection[str] = (),
) -> Composition:
    """Composes the picture of a scene. Deterministic: the same arguments give the same bytes.

    Args:
        scene: What to show. Words outside the vocabularies fall back to what fits the subjects.
        width: Pixels, 1 or more.
        height: Pixels, 1 or more.
        seed: Chooses everything that the scene leaves open.
        style: "flat" (the default) or "paper", or words among which one of them stands; and words
            that name a palette ("in sepia", "pastel", "in teal and gold").
        without: Library keys that must not appear, not even as decoration ("moon").
    """
    library = Library.load()
    actors, missing = cast(scene, library, seed)
    actors = [actor for actor in actors if actor.item.key not in without]
    view = _view(width, height)
    chance = random.Random(f"{seed}")  # noqa: S311 - art, not secrets
    setting = _setting(scene, actors, chance)
    everything = of_the_hour(actors, scene.time_of_day)
    actors, unseen = without_parts(everything, setting, indoors=setting in INDOORS)
    light = Light(
        time=_member(TimeOfDay, scene.time_of_day, hour_of(actors)),
        weather=_member(Weather, scene.weather, Weather.CLEAR),
        mood=scene.mood,
        indoors=setting in INDOORS,
    )
    season = _member(Season, scene.season, Season.SUMMER)
    shown = [a for a in actors if not _in_backdrop(a, setting, actors) and not _low_sun(a, light)]
    kept = {a.item.key for a in shown} - _OF_THE_PLACE.get(setting, frozenset())
    canvas = Canvas(*view, light, season, chance, library, frozenset(kept))
    ashore = any(a.item.kind == "building" and a.has("tall") for a in shown) or lifeless(shown)
    stage = stage_for(setting, canvas, buildings=ashore)
    if stage.water:
        shown = surfaced(shown)
    shown = embarked(shown, stage, library, seed)
    framing = scene.framing or Framing.MEDIUM
    placed = arrange(shown, stage, canvas, framing)
    look, palette = styles.style_named(style), palette_named(style)
    background = _background(canvas, stage, placed, without, look)
    parts = [_Part("background", background, LayerKind.BACKGROUND)]
    for one, depth in zip(placed, depths(placed, canvas.height), strict=True):
        subject = one.actor.subject if one.actor.subject < len(scene.subjects) else None
        box = (one.x, one.y, one.x + one.width, one.foot)
        content = draw(one, canvas, stage, look)
        noun = one.actor.words.noun
        parts.append(_Part(noun, content, LayerKind.SUBJECT, subject, depth, box))
    front = "".join(look.scenery(stage.front, canvas))
    over = "" if stage.indoors or setting in _AIRLESS else "".join(weather.overlay(canvas))
    over += look.surface(canvas)
    parts.append(_Part("foreground", front + over, LayerKind.FOREGROUND, depth=1.0))
    if palette is not None:
        parts = [_coloured(part, palette) for part in parts]
    drawn = tuple(dict.fromkeys(a.words.noun for a in everything if a.subject not in unseen))
    scene = replace(scene, setting=setting)
    return Composition(width, height, scene, drawn, tuple(missing), view, tuple(parts))


def _coloured(part: _Part, palette: Palette) -> _Part:
    paint = palette.on_subject if part.kind is LayerKind.SUBJECT else palette.on_scenery
    return replace(part, content=paint(part.content))


def _view(width: int, height: int) -> tuple[float, float]:
    shorter = min(width, height)
    return round(width / shorter * SIDE, 2), round(height / shorter * SIDE, 2)


def _member(kind: type[_E], value: str, otherwise: _E) -> _E:
    return kind(value) if value in set(kind) else otherwise


def _setting(scene: Scene, actors: list[Actor], chance: random.Random) -> Setting:
    """The scene's setting if it can be drawn, else one where the subjects are at home."""
    wanted = scene.setting.strip().lower().replace(" ", "_").replace("-", "_")
    if wanted in set(Setting):
        return Setting(wanted)
    kinds = {actor.item.kind for actor in actors}
    afloat = kinds <= {"animal", "plant", "person", "boat"}
    homes = (
        (afloat and any(actor.has("swim") for actor in actors), Setting.UNDERWATER),
        ("boat" in kinds, Setting.SEA),
        (bool(kinds) and all(actor.has("fly") for actor in actors), Setting.SKY),
        ("furniture" in kinds, Setting.LIVING_ROOM),
        (any(actor.has("cold") for actor in actors), Setting.SNOW),
    )
    return next((home for fits, home in homes if fits), chance.choice(_OPEN))


def _in_backdrop(actor: Actor, setting: Setting, actors: list[Actor]) -> bool:
    """Whether the place itself shows this and the words ask nothing particular of it."""
    words = actor.words
    if actor.item.key not in _OF_THE_PLACE.get(setting, frozenset()):
        return False
    if words.colour or words.size or words.place or words.relation or len(actors) == 1:
        return False
    return all(other.words.relation_target != actor.subject for other in actors)


def _low_sun(actor: Actor, light: Light) -> bool:
    """Whether it is the sun of a dawn or sunset, which the sky shows at the horizon."""
    low = not light.indoors and light.time in {TimeOfDay.DAWN, TimeOfDay.SUNSET}
    return low and actor.item.key == "sun" and light.weather in {Weather.CLEAR, Weather.WIND}


def _background(
    canvas: Canvas, stage: Stage, placed: list[Placed], without: Collection[str], look: styles.Style
) -> str:
    heaven = [] if not stage.celestial else heavens(canvas, placed, without)
    back = stage.back[:1] + heaven + stage.back[1:]
    ground = canvas.tone("#e3edf5" if canvas.winter else "#86c858", 0.25)
    base = canvas.rect(0, 0, canvas.width, canvas.height, ground if stage.celestial else "#4a3140")
    return base + "".join(look.scenery(back, canvas)) + "".join(weather.haze(canvas))
