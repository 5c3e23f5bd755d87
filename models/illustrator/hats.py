"""Hats in SVG for the heads of `figures`, whose top is at y = 2 and middle at x = 50.

A hat gives what is drawn behind the head, what in front, and its top.
"""
# ruff: noqa: E501 - path data reads better unbroken

from collections.abc import Callable

from models.illustrator.clothes import Cloth

Hat = Callable[[Cloth], tuple[str, str, float]]


def _fixed(back: str, front: str, top: float) -> Hat:
    return lambda _cloth: (back, front, top)


def _cap(c: Cloth) -> tuple[str, str, float]:
    return (
        "",
        f'<path fill="{c.main}" d="M29 13q1-16 21-16t21 16q-20-4-42 0"/><path fill="{c.dark}" d="M28 12q22-6 45 0q3 2 1 4q-24-6-45 0q-3-1-1-4"/>',
        -3,
    )


def _beanie(c: Cloth) -> tuple[str, str, float]:
    return (
        "",
        f'<path fill="{c.trousers}" d="M30 13q0-17 20-17t20 17z"/><rect x="28" y="9" width="44" height="6.500" rx="3" fill="{c.dark}"/>',
        -4,
    )


HATS: dict[str, Hat] = {
    "crown": _fixed("", '<path fill="#fcc21b" d="M33 10l-3-17l9 7l11-11l11 11l9-7l-3 17z"/><path fill="#f59f00" d="M33 7h34v4.500H33z"/><circle cx="50" cy="2" r="2.200" fill="#f92f60"/><circle cx="40" cy="4" r="1.500" fill="#00a6ed"/><circle cx="60" cy="4" r="1.500" fill="#00a6ed"/>', -12),
    "witch": _fixed("", '<path fill="#2b1a3d" d="M22 12c8-5 14-5 16-7c3-9 8-19 22-27c-2 8 2 17 3 27c2 2 9 2 15 7c-10 5-46 5-56 0"/><path fill="#8d65c5" d="M37.500 5.500c8 2.500 17 2.500 25.700 0l1 4c-9 3-19 3-28 0z"/><path fill="#fcc21b" d="M48 5h5v5h-5z"/>', -22),
    "pirate": _fixed("", '<path fill="#2b2233" d="M24 12C22 2 32-8 50-9c18 1 28 11 26 21c-8-5-44-5-52 0"/><path fill="none" stroke="#fcc21b" stroke-width="1.500" d="M24 12C22 2 32-8 50-9c18 1 28 11 26 21"/><circle cx="50" cy="-.5" r="4" fill="#fff"/><circle cx="48.500" cy="-.8" r="1" fill="#2b2233"/><circle cx="51.500" cy="-.8" r="1" fill="#2b2233"/><path stroke="#fff" stroke-width="1.300" d="M45 5.500l10 3M55 5.500l-10 3"/>', -10),
    "helmet": _fixed("", '<path fill="#e8433f" d="M50-4c6-8 16-8 20-4c-4 0-8 3-10 8z"/><path fill="#b9c0cc" d="M28 30V18Q28-4 50-4t22 22v12l-5 4V19q-17-7-34 0v15z"/><path fill="#8b93a3" d="M31 16q19-9 38 0l-1 4.500q-18-7-36 0zM48.800-4h2.400v15h-2.400z"/>', -10),
    "straw": _fixed("", '<ellipse cx="50" cy="10" rx="28" ry="5.500" fill="#e0b85a"/><path fill="#f0cf7a" d="M34 10q0-15 16-15t16 15q-16 4-32 0"/><path fill="#c2483f" d="M34 6q16 4.500 32 0v4q-16 4-32 0z"/>', -5),
    "cowboy": _fixed("", '<path fill="#8c5a3a" d="M21 7c6 3 12 3 15 2c1-9 4-14 8-14c3 0 4 2 6 2s3-2 6-2c4 0 7 5 8 14c3 1 9 1 15-2c-4 9-14 9-29 9s-25 0-29-9"/><path fill="#5b3a2a" d="M35.500 6q14.500 4.500 29 0l.5 4q-15 4-30 0z"/>', -5),
    "sailor": _fixed("", '<path fill="#fff" d="M33 9q-4-13 17-13t17 13z"/><rect x="31" y="6" width="38" height="7" rx="3" fill="#e9eef8"/><path fill="#1f4f9c" d="M31.500 10h37v1.800h-37z"/>', -4),
    "gnome": _fixed("", '<path fill="#e02b35" d="M29 14C32-4 44-22 58-28c-2 12 8 26 13 42q-21-5-42 0"/><path fill="#b51f2b" d="M28.500 14q21.500-7 43 0l-.5 3q-21-6-42 0z"/>', -28),
    "cap": _cap,
    "beanie": _beanie,
}  # fmt: skip
