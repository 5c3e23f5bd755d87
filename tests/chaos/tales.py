"""Tales that nobody told before: each has sentences, and so clauses and pictures, of its own."""

from __future__ import annotations

import random

_WHO = ("fox", "owl", "cat", "bear", "rabbit", "horse", "mouse", "frog", "duck", "wolf")
_WHERE = ("forest", "beach", "castle", "city", "desert", "farm", "mountain", "river", "village")
_WHEN = ("One morning", "At noon", "In the evening", "One night", "In winter", "In summer")
_DID = ("found a lantern", "lost a red hat", "saw a boat", "met a child", "ate an apple")


def tale(number: int, paragraphs: int = 6) -> str:
    """The tale of that number: Markdown of two sentences a paragraph; the same every time."""
    chance = random.Random(number)
    told = [f"# Tale {number}"]
    for part in range(paragraphs):
        who, where = chance.choice(_WHO), chance.choice(_WHERE)
        told.append(
            f"{chance.choice(_WHEN)}, in year {number} and day {part}, a {who} came to the {where}."
            f" There the {who} of year {number} and day {part} {chance.choice(_DID)}, and was glad."
        )
    return "\n\n".join(told)
