"""Whom a reader thinks of: everyone who was mentioned, fading, and whom a pronoun means of them.

Centering (Grosz, Joshi and Weinstein, 1995) in its simplest form: whoever was the subject lately is
meant first, an object is never its own clause's subject, and gender must fit. It knows no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.story.cast import Figure

# What remains of the thought of somebody after a sentence.
_FADING = 0.55
# Below that they are forgotten: nobody means them by a pronoun.
_FORGOTTEN = 0.08
_SUBJECT, _OTHER, _MOST = 2.0, 1.0, 3.0
# "They" are two who were both there lately.
_FAINT = 0.3
# "It" means a being only if that was there just now: it may mean anything else too.
_FRESH = 0.5
# Of two who fit, the one whose gender is known is meant, unless the other is thought of much more.
_UNSURE = 0.35
_NEUTER = frozenset({"robot", "ghost", "monster", "alien"})


@dataclass
class Attention:
    """What a reader has in mind.

    Attributes:
        subject: Of the clause that is being read.
    """

    subject: Figure | None = None
    _thought: dict[Figure, float] = field(default_factory=dict)
    _last: dict[Figure, int] = field(default_factory=dict)
    _clock: int = 0

    @property
    def known(self) -> list[Figure]:
        """Everybody who was mentioned."""
        return list(self._thought)

    def fade(self) -> None:
        """A new sentence begins."""
        for figure in self._thought:
            self._thought[figure] *= _FADING
        self.subject = None

    def see(self, figures: Sequence[Figure], *, subject: bool) -> None:
        """Somebody is mentioned."""
        for figure in figures:
            self._clock += 1
            more = _SUBJECT if subject else _OTHER
            self._thought[figure] = min(_MOST, self._thought.get(figure, 0.0) + more)
            self._last[figure] = self._clock
        if subject and figures:
            self.subject = figures[0]

    def remembers(self, figure: Figure) -> bool:
        """Whether somebody has not been forgotten."""
        return self._thought.get(figure, 0.0) > _FORGOTTEN

    def rank(self, figure: Figure) -> tuple[float, int]:
        """How much somebody is thought of."""
        return self._thought.get(figure, 0.0), self._last.get(figure, 0)

    def meant(
        self, whom: str, never: Figure | None, *, of: Figure | None = None
    ) -> tuple[Figure, ...]:
        """Whom a pronoun means, of those who are remembered; nobody when nobody fits.

        Args:
            whom: `m`, `f`, `n`, `they`, or empty for anybody.
            never: Who cannot be meant.
            of: Who is meant if they can be: a possessive is mostly its subject's.
        """
        there = [figure for figure in self._thought if self.remembers(figure)]
        if whom == "they":
            fresh = [f for f in there if f is not never and self._thought[f] > _FAINT]
            two = sorted(fresh, key=self.rank)[-2:]
            return tuple(sorted(two, key=self._last.__getitem__)) if len(two) > 1 else ()
        if of is not None and (whom in ("", of.gender) or (whom == "n" and self._fits(of, whom))):
            of.gender = of.gender or whom
            return (of,)
        fits = [one for one in there if one is not never and self._fits(one, whom)]
        if not fits:
            return ()
        figure = max(fits, key=lambda one: (self._weight(one, whom), self._last[one]))
        if whom in ("m", "f") or (whom == "n" and not figure.gender):
            figure.gender = whom
        return (figure,)

    def _weight(self, figure: Figure, whom: str) -> float:
        return self._thought[figure] * (1 if not whom or figure.gender == whom else _UNSURE)

    def _fits(self, figure: Figure, whom: str) -> bool:
        if whom == "n":
            human = figure.person and figure.item not in _NEUTER
            return figure.gender in ("", "n") and not human and self._thought[figure] >= _FRESH
        animal = figure.gender == "n" and not figure.person
        return not whom or animal or figure.gender in ("", whom)
