"""Light: what the hour, the weather and the mood do to a colour.

Art is drawn in daylight colours; every colour passes through here on its way into a picture, so
that no filter is needed when it is rendered. This module knows colours only, no shapes.
"""

import colorsys
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from models.illustrator.scene import Mood, TimeOfDay, Weather

Rgb = tuple[float, float, float]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")

Shade = Callable[[str], str]
"""One colour to another, both "#rrggbb"; what comes in may be "#rgb"."""

# Sky from the zenith to the horizon, three stops.
_SKIES: dict[str, tuple[str, str, str]] = {
    TimeOfDay.DAY: ("#4aa8ec", "#8fd0f7", "#dff3fd"),
    TimeOfDay.DAWN: ("#8fa8e0", "#f3bfd0", "#ffe3c0"),
    TimeOfDay.SUNSET: ("#5b4a9a", "#e9747a", "#ffc27a"),
    TimeOfDay.NIGHT: ("#0d1440", "#1f2d6b", "#41509a"),
}
_GREY_SKIES: dict[str, tuple[str, str, str]] = {
    TimeOfDay.DAY: ("#8396ac", "#a9b9c8", "#cfd9e0"),
    TimeOfDay.DAWN: ("#8f93b0", "#b9a9b8", "#d9c8c4"),
    TimeOfDay.SUNSET: ("#5e567d", "#9a7486", "#c99b86"),
    TimeOfDay.NIGHT: ("#0f1533", "#222c52", "#39456f"),
}
_STORM_SKY = ("#39424f", "#56616f", "#7d8994")
# How much of each channel the hour leaves: on the scenery, and on the subjects, whose faces must
# stay visible.
_SCENERY: dict[str, Rgb] = {
    TimeOfDay.DAY: (1, 1, 1),
    TimeOfDay.DAWN: (1.0, 0.92, 0.93),
    TimeOfDay.SUNSET: (0.97, 0.80, 0.74),
    TimeOfDay.NIGHT: (0.40, 0.47, 0.74),
}
_SUBJECTS: dict[str, Rgb] = {
    TimeOfDay.DAY: (1, 1, 1),
    TimeOfDay.DAWN: (1.0, 0.96, 0.96),
    TimeOfDay.SUNSET: (1.0, 0.91, 0.86),
    TimeOfDay.NIGHT: (0.78, 0.82, 0.97),
}


def parse(colour: str) -> Rgb:
    """Channels 0 … 255 of "#rgb" or "#rrggbb"."""
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def hexed(channels: Rgb) -> str:
    """ "#rrggbb" of channels, clipped to 0 … 255."""
    return "#" + "".join(f"{min(255, max(0, round(channel))):02x}" for channel in channels)


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second."""
    one, two = parse(first), parse(second)
    return hexed(tuple(a + (b - a) * share for a, b in zip(one, two, strict=True)))  # type: ignore[arg-type] # three channels


def luma(channels: Rgb) -> float:
    """How light the eye finds channels, 0 … 255."""
    red, green, blue = channels
    return 0.3 * red + 0.59 * green + 0.11 * blue


def hls(colour: str) -> Rgb:
    """Hue, lightness and saturation of a colour, each 0 … 1."""
    red, green, blue = parse(colour)
    return colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)


def from_hls(hue: float, lightness: float, saturation: float) -> str:
    """The colour that `hls` tells of."""
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return hexed((red * 255, green * 255, blue * 255))


def repainted(body: str, shade: Shade) -> str:
    """SVG elements with every colour made another."""
    return _COLOUR.sub(lambda match: shade(match.group()), body)


@dataclass(frozen=True)
class Light:
    """The light of one scene. `indoors` is lamp light: the hour shows in the windows only."""

    time: str = TimeOfDay.DAY
    weather: str = Weather.CLEAR
    mood: str = ""
    indoors: bool = False
    sky: tuple[str, str, str] = field(init=False)

    def __post_init__(self) -> None:
        grey = self.weather in {Weather.RAIN, Weather.CLOUDY, Weather.FOG, Weather.SNOW}
        sky = (_GREY_SKIES if grey else _SKIES)[self.time]
        if self.weather == Weather.STORM:
            sky = _STORM_SKY if self.time != TimeOfDay.NIGHT else ("#0b0f24", "#1a2138", "#333c58")
        if self.mood == Mood.SPOOKY and self.time == TimeOfDay.NIGHT:
            sky = ("#120f33", "#2c2158", "#56407f")
        elif self.mood == Mood.MAGICAL and self.time == TimeOfDay.NIGHT:
            sky = ("#171050", "#3a2480", "#7a4fae")
        object.__setattr__(self, "sky", sky)

    @property
    def is_night(self) -> bool:
        """Whether stars and lit windows show."""
        return self.time == TimeOfDay.NIGHT

    def scenery(self, colour: str, distance: float = 0.0) -> str:
        """A colour of the scenery; `distance` 0 … 1 fades it towards the horizon's sky."""
        return _lit_scenery(self, colour, distance)

    def subject(self, colour: str) -> str:
        """A colour of a named subject."""
        return _lit_subject(self, colour)

    def on_subject(self, body: str) -> str:
        """Lights every colour of a subject's SVG elements."""
        if self.time == TimeOfDay.DAY and self._grey == 0:
            return body
        return repainted(body, self.subject)

    def on_scenery(self, body: str, distance: float = 0.0) -> str:
        """Lights every colour of a piece of scenery's SVG elements."""
        return repainted(body, lambda colour: self.scenery(colour, distance))

    @property
    def _grey(self) -> float:
        if self.indoors:
            return 0.0
        return {
            Weather.CLEAR: 0.0,
            Weather.WIND: 0.05,
            Weather.CLOUDY: 0.18,
            Weather.SNOW: 0.12,
            Weather.RAIN: 0.28,
            Weather.FOG: 0.32,
            Weather.STORM: 0.42,
        }.get(Weather(self.weather), 0.0)

    def _apply(self, colour: str, share: Rgb, grey: float) -> Rgb:
        channels = parse(colour)
        level = luma(channels)
        dim = 1 - 0.28 * grey
        lit = tuple(
            (channel + (level - channel) * grey) * keep * dim
            for channel, keep in zip(channels, share, strict=True)
        )
        return lit[0], lit[1], lit[2]


@lru_cache(maxsize=20_000)
def _lit_scenery(light: Light, colour: str, distance: float) -> str:
    share = (1.0, 1.0, 1.0) if light.indoors else _SCENERY[light.time]
    if light.indoors and light.time == TimeOfDay.NIGHT:
        share = (0.90, 0.79, 0.68)
    lit = light._apply(colour, share, light._grey)
    haze = min(0.9, distance * (0.55 if light.weather != Weather.FOG else 0.9))
    return mix(hexed(lit), light.sky[2], haze)


@lru_cache(maxsize=20_000)
def _lit_subject(light: Light, colour: str) -> str:
    share = (1.0, 1.0, 1.0) if light.indoors else _SUBJECTS[light.time]
    if light.indoors and light.time == TimeOfDay.NIGHT:
        share = (0.97, 0.92, 0.88)
    return hexed(light._apply(colour, share, light._grey * 0.5))
