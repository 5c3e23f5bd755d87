"""What is proved of a story's sound, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a narration is, as ITU-R BS.1770 measures it.

    Attributes:
        integrated_lufs: The whole, gated.
        target_lufs: What was asked for.
        true_peak_dbtp: Four times oversampled.
        range_lu: EBU Tech 3342.
        gain_db: What was applied.
    """

    integrated_lufs: float
    target_lufs: float
    true_peak_dbtp: float
    range_lu: float
    gain_db: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where what was written and what was heard differ.

    Attributes:
        written: Empty for what was only heard.
        heard: Empty for what was not heard.
        segment: Index of the segment.
        start_ms: Where.
    """

    written: str
    heard: str
    segment: int
    start_ms: int


@dataclass(frozen=True, slots=True)
class Verbatim:
    """How far what is heard is what was written; see the contract's `VerbatimCertificate`."""

    script_words: int
    heard_words: int
    word_error_rate: float
    differences: tuple[Difference, ...]
    model: str
    text_unchanged: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far a transcript fits its recording."""

    transcript_words: int
    matched_words: int
    differences: tuple[Difference, ...]
