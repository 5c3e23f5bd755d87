""" "A red boat": the words' colour laid over a drawing's own main colour.

Knows colour names and how to shift one hue of a drawing; not what is drawn.
"""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.light import from_hls, hls, repainted

COLOURS: dict[str, str] = {
    "red": "#e5383b", "blue": "#2f86e0", "green": "#3fa653", "yellow": "#fbc92e", "orange": "#f58a1f",
    "purple": "#8a56c9", "pink": "#f47bb4", "brown": "#8c5a38", "black": "#3a3641", "white": "#f4f3f8",
    "grey": "#9a9ba6", "golden": "#f7b924", "silver": "#c3c8d4", "turquoise": "#2bb8ae",
    "violet": "#7a4fc4", "crimson": "#c2183c", "beige": "#e3cfa6", "cream": "#f6ecd2",
}  # fmt: skip
# Fur and feathers of that name are quieter than paint of that name.
_NATURAL = {
    "red": "#d0603a",
    "yellow": "#f2c14e",
    "orange": "#ec8a3a",
    "brown": "#94633f",
    "golden": "#e9b04c",
}


def paint(colour: str, *, natural: bool) -> str:
    """The "#rrggbb" of a colour word, of an animal's coat when `natural`; "" if unknown."""
    return (_NATURAL if natural and colour in _NATURAL else COLOURS).get(colour, "")


def recoloured(body: str, main: str, target: str) -> str:
    """Gives every colour of the main colour's family the target's hue, keeping light and shade."""
    hue, light, strength = hls(main)
    to_hue, to_light, to_strength = hls(target)
    neutral = strength < 0.15

    def swap(colour: str) -> str:
        h, l, s = hls(colour)  # noqa: E741 - the names of the colour model
        if neutral:
            kin = s < 0.2 and l > 0.25
        else:
            kin = s >= 0.12 and min(abs(h - hue), 1 - abs(h - hue)) < 0.075 and l > 0.12
        if not kin:
            return colour
        shifted = min(0.97, max(0.04, to_light + (l - light) * 0.85))
        return from_hls(to_hue, shifted, to_strength)

    return repainted(body, swap)
