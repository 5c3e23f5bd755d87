"""What a story is made of, as plain values on one clock.

Every time is a whole number of milliseconds from the start of the narration. This module knows
neither the wire nor how anything is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.illustrator.scene import Scene as Description
from orchestrator.story.proofs import Alignment, Loudness, Verbatim

NARRATOR = "narrator"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is heard: from `start_ms` to `end_ms`, never the other way round."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of the spoken text that is told in one breath of the plot.

    Attributes:
        index: 0, 1, 2 … in order.
        text: The sentence, without the white space around it.
        start: Offset of its first character in `Script.text`.
        end: Offset after its last character.
        paragraph: Index of the paragraph that holds it.
        begins: Whether a sentence begins here; not where one goes on in another voice. No scene
            begins where none does.
        speaker: Who says it, when the caller said so: a name. Empty: not said.
        earliest_ms: When it begins at the earliest, when the caller said so.
        latest_ms: When it should have ended, when the caller said so.
        illustration: What to show from here on, in words, when the caller said so.
    """

    index: int
    text: str
    start: int
    end: int
    paragraph: int
    begins: bool = True
    speaker: str = ""
    earliest_ms: int | None = None
    latest_ms: int | None = None
    illustration: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A text made ready to be told.

    Attributes:
        title: Its title.
        language: BCP-47.
        paragraphs: What is spoken, in order.
        breaks: Indices of paragraphs before which the tale pauses: chapters, ruled lines.
        sentences: Every sentence, in order; between them is nothing but white space.
        notes: What the maker should know.
    """

    title: str
    language: str
    paragraphs: tuple[str, ...]
    breaks: frozenset[int]
    sentences: tuple[Sentence, ...]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything that is spoken; the offsets of sentences count in it."""
        return PARAGRAPH_BREAK.join(self.paragraphs)


PARAGRAPH_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence on the clock: from the start of its first word to the end of its last.

    Attributes:
        index: 0, 1, 2 … in order.
        text: The sentence.
        speaker: `NARRATOR`, or the id of a character.
        start_ms: When its first word begins; 0 until it is narrated, like the two below.
        end_ms: When its last word ends.
        words: On the story's clock.
        voice: Voice id that says it; empty for a recording.
        mood: The feeling it is told with; empty when even.
        speaker_confidence: How sure the speaker is, 0 to 1; 0 when nothing was to be decided.
    """

    index: int
    text: str
    speaker: str = NARRATOR
    start_ms: int = 0
    end_ms: int = 0
    words: tuple[Word, ...] = ()
    voice: str = ""
    mood: str = ""
    speaker_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Character:
    """Someone who appears in a story, or tells it.

    Attributes:
        id: Unique in its story: `narrator`, `fox`.
        name: As the story calls them.
        description: How they look, the same in every picture.
        voice: Voice id; empty when they do not speak.
        seed: Of their look.
        aliases: Other names that the story uses for them.
        reference_image: A picture of them alone, `assets/{sha256}`, or empty.
    """

    id: str
    name: str
    description: str = ""
    voice: str = ""
    seed: int = 0
    aliases: tuple[str, ...] = ()
    reference_image: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a picture is worth, 0 to 1 each; None: not judged.

    Attributes:
        prompt: Whether it shows what was asked for.
        consistency: Whether it is made like the other pictures of its story.
    """

    prompt: float | None = None
    consistency: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and its time on the screen.

    Attributes:
        index: 0, 1, 2 … in order.
        segments: Indices of the segments told while it is shown; consecutive, at least one.
        prompt: What it shows, in words.
        description: What it shows, as values.
        seed: Draws the picture again.
        start_ms: When it appears.
        end_ms: When the next one appears, or the story ends.
        model: Who drew it; empty until it is drawn, like the fields below.
        image: The picture, `assets/{sha256}`.
        width: Pixels.
        height: Pixels.
        notes: What the maker should know of this picture.
        draft: Whether it is a picture of fewer steps, which a better one will follow.
        redraws: How often it was drawn again because of its scores.
        scores: What the picture is worth.
        own_seed: Whether its owner chose the seed; then it is not drawn with another one.
        own_model: Image model of this picture alone; empty: the story's.
        fixed: Whether its owner asked for it; what is planned anew leaves it as it is.
    """

    index: int
    segments: tuple[int, ...]
    prompt: str
    description: Description
    seed: int
    start_ms: int = 0
    end_ms: int = 0
    model: str = ""
    image: str = ""
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    draft: bool = False
    redraws: int = 0
    scores: Scores = Scores()
    own_seed: bool = False
    own_model: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Narration:
    """The voice of a story, complete.

    Attributes:
        segments: Every sentence with its words on the clock.
        duration_ms: Length of the sound.
        audio: The sound, `assets/{sha256}`.
        media_type: Of the sound.
        model: Who spoke or listened.
        voice: Who is heard; empty for a recording.
        loudness: How loud it is; None for a recording that was left as it is.
        verbatim: How far it is the script; only of a verbatim telling.
        alignment: How far a given transcript fits; only of a recording that has one.
        notes: What the maker should know.
        sent: What was sent to the voice; empty for a recording.
    """

    segments: tuple[Segment, ...]
    duration_ms: int
    audio: str
    media_type: str
    model: str
    voice: str = ""
    loudness: Loudness | None = None
    verbatim: Verbatim | None = None
    alignment: Alignment | None = None
    notes: tuple[str, ...] = ()
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A finished story. Scenes cover the whole duration: no gap, no overlap.

    Attributes:
        name: `stories/{story}`.
        title: Its title.
        language: BCP-47.
        style: Look of the pictures in words.
        duration_ms: Length.
        segments: What is said, in order.
        scenes: What is shown, in order.
        narration: The sound, `assets/{sha256}`.
        narration_media_type: Of the sound.
        voice: Who is heard; empty for a recording.
        seed: Of the pictures.
        models: Model ids by role: `image`, `voice`, `transcription`.
        notes: What the maker should know.
        telling: A `Telling` of the contract; 0 for a recording.
        cast: Who appears in it, the narrator first.
        loudness: How loud the narration is, when that was set.
        verbatim: How far the narration is the script; only of a verbatim telling.
        alignment: How far a given transcript fits the recording.
    """

    name: str
    title: str
    language: str
    style: str
    duration_ms: int
    segments: tuple[Segment, ...]
    scenes: tuple[Scene, ...]
    narration: str = ""
    narration_media_type: str = ""
    voice: str = ""
    seed: int = 0
    models: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    telling: int = 0
    cast: tuple[Character, ...] = ()
    loudness: Loudness | None = None
    verbatim: Verbatim | None = None
    alignment: Alignment | None = None
