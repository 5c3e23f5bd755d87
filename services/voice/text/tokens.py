"""The tokens of a text on its way to being spoken: written words, and marks between them.

Every token remembers where it stands in the request text, so that what is heard can be pointed at.
It does not know any language.
"""

from __future__ import annotations

from dataclasses import dataclass

BREATH = ","
SENTENCE_MARKS = frozenset(".?!…")
CLAUSE_MARKS = frozenset(",;:—") | SENTENCE_MARKS
PARAGRAPH = "¶"

# Where a reader may take a breath when there is no mark: before these, English and French.
LINKING_WORDS = frozenset(
    {
        "and", "or", "but", "nor", "so", "when", "while", "because", "that", "which", "who", "if",
        "until", "unless", "though", "with", "without", "for", "to", "in", "on", "at", "from",
        "into", "after", "before", "as", "by", "through", "over", "under", "et", "ou", "mais",
        "donc", "car", "quand", "lorsque", "que", "qui", "dont", "parce", "avec", "sans", "pour",
        "dans", "sur", "sous", "à", "depuis", "comme", "si", "vers", "chez", "par",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """One word as written, and the words it is spoken with.

    Attributes:
        text: As written, for example `$3.50`.
        start: Offset of its first character in the request text, in code points.
        end: Offset after its last character.
        spoken: What is said, lower-case unless the case matters: `three dollars and fifty cents`.
            Never empty.
    """

    text: str
    start: int
    end: int
    spoken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Punctuation that is heard as a pause or a tone, one of `, ; : . ? ! … — “ ” ( ) ¶`."""

    symbol: str
    start: int
    end: int

    @property
    def ends_sentence(self) -> bool:
        """Whether a new sentence starts after it."""
        return self.symbol in SENTENCE_MARKS or self.symbol == PARAGRAPH


Token = WrittenWord | Mark
