"""Pages of stories."""

from __future__ import annotations

import base64
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from orchestrator.story.table import StoryRow


def page_of(session: Session, page_size: int, token: str) -> tuple[list[story_pb2.Story], str]:
    """Stories without segments and scenes, newest first, and the next page's token.

    Raises:
        InvalidArgumentError: `token` is not one of ours.
    """
    query = select(StoryRow).limit(page_size + 1)
    query = query.order_by(StoryRow.create_time.desc(), StoryRow.name.desc())
    if token:
        query = query.where(tuple_(StoryRow.create_time, StoryRow.name) < _last(token))
    found = session.scalars(query).all()
    stories = []
    for row in found[:page_size]:
        story = story_pb2.Story.FromString(row.story)
        story.state = story_pb2.StoryState.ValueType(row.state)
        story.ClearField("segments")
        story.ClearField("scenes")
        stories.append(story)
    return stories, _token(found[page_size - 1]) if len(found) > page_size else ""


def _token(row: StoryRow) -> str:
    return base64.urlsafe_b64encode(f"{row.create_time.isoformat()} {row.name}".encode()).decode()


def _last(token: str) -> tuple[datetime, str]:
    try:
        stamp, name = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        return datetime.fromisoformat(stamp), name
    except ValueError:
        raise InvalidArgumentError("page_token", "is not one that this service gave") from None
