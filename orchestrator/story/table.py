"""The tables of Story Mode: stories, their revisions and events, results of steps, their uses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.storage import Base, UtcDateTime


class StoryRow(Base):
    """One story.

    Attributes:
        name: `stories/{story}`.
        state: A `StoryState`.
        operation: The operation that makes it.
        request: Serialised `CreateStoryRequest`.
        story: Serialised `Story`, as it stood when its state last changed.
        create_time: When it was asked for.
        update_time: When its state last changed.
    """

    __tablename__ = "stories"
    __table_args__ = (Index("stories_by_time", "create_time", "name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[int] = mapped_column(index=True)
    operation: Mapped[str] = mapped_column(index=True)
    request: Mapped[bytes]
    story: Mapped[bytes]
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)
    update_time: Mapped[datetime] = mapped_column(UtcDateTime)


class RevisionRow(Base):
    """One revision of a story.

    Attributes:
        story: Whose revision it is.
        revision: From 1.
        summary: What was changed, in words.
        board: A `Storyboard` as JSON; None until it is planned.
        result: Serialised `Story` as the revision ended; None while it is the newest and not ended.
        create_time: When it was asked for.
    """

    __tablename__ = "story_revisions"

    story: Mapped[str] = mapped_column(
        ForeignKey("stories.name", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    summary: Mapped[str]
    board: Mapped[bytes | None]
    result: Mapped[bytes | None]
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)


class EventRow(Base):
    """One event in the life of a story.

    Attributes:
        story: Whose event it is.
        sequence: From 1, without gaps.
        identity: What happened, once: `1/planned`, `1/narrated/3`, `2/end`; the revision first.
        event: Serialised `WatchStoryResponse`.
    """

    __tablename__ = "story_events"
    __table_args__ = (UniqueConstraint("story", "identity"),)

    story: Mapped[str] = mapped_column(
        ForeignKey("stories.name", ondelete="CASCADE"), primary_key=True
    )
    sequence: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str]
    event: Mapped[bytes]


class StepRow(Base):
    """The result of a step, by the hash of everything that it was made from.

    Attributes:
        key: SHA-256 of the step's name, version and inputs.
        result: JSON; media are named as assets.
    """

    __tablename__ = "story_steps"

    key: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]


class StepUseRow(Base):
    """That somebody uses the result of a step.

    Attributes:
        key: Of the step; the use goes with it.
        user: `stories/{story}` for what a story is made of, `stories/{story}/exports` for what can
            be made of it again, empty for nobody in particular.
        use_time: When it was last used, to the day.
    """

    __tablename__ = "story_step_uses"

    key: Mapped[str] = mapped_column(
        ForeignKey("story_steps.key", ondelete="CASCADE"), primary_key=True
    )
    user: Mapped[str] = mapped_column(primary_key=True)
    use_time: Mapped[datetime] = mapped_column(UtcDateTime)
