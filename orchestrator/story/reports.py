"""What a story proves of its sound, to the contract's messages and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from lanternist.v1 import story_pb2
from orchestrator.story.domain import Story
from orchestrator.story.proofs import Alignment, Difference, Loudness, Verbatim


def _differences_to(differences: Iterable[Difference]) -> list[story_pb2.WordDifference]:
    return [
        story_pb2.WordDifference(
            written=one.written, heard=one.heard, segment=one.segment, start_ms=one.start_ms
        )
        for one in differences
    ]


def _differences_from(messages: Iterable[story_pb2.WordDifference]) -> tuple[Difference, ...]:
    return tuple(Difference(m.written, m.heard, m.segment, m.start_ms) for m in messages)


def reports_to(story: Story, message: story_pb2.Story) -> None:
    """Writes down what a story proves of its sound."""
    if story.loudness is not None:
        message.loudness.CopyFrom(story_pb2.LoudnessReport(**asdict(story.loudness)))
    if story.verbatim is not None:
        message.verbatim.CopyFrom(
            story_pb2.VerbatimCertificate(
                script_words=story.verbatim.script_words,
                heard_words=story.verbatim.heard_words,
                word_error_rate=story.verbatim.word_error_rate,
                differences=_differences_to(story.verbatim.differences),
                model=story.verbatim.model,
                text_unchanged=story.verbatim.text_unchanged,
            )
        )
    if story.alignment is not None:
        message.alignment.CopyFrom(
            story_pb2.AlignmentReport(
                transcript_words=story.alignment.transcript_words,
                matched_words=story.alignment.matched_words,
                differences=_differences_to(story.alignment.differences),
            )
        )


def reports_from(message: story_pb2.Story) -> dict[str, Any]:
    """As `_reports_to` wrote it, by field."""
    loud, verbatim, alignment = message.loudness, message.verbatim, message.alignment
    reports: dict[str, Any] = {}
    if message.HasField("loudness"):
        reports["loudness"] = Loudness(
            loud.integrated_lufs,
            loud.target_lufs,
            loud.true_peak_dbtp,
            loud.range_lu,
            loud.gain_db,
        )
    if message.HasField("verbatim"):
        reports["verbatim"] = Verbatim(
            verbatim.script_words,
            verbatim.heard_words,
            verbatim.word_error_rate,
            _differences_from(verbatim.differences),
            verbatim.model,
            verbatim.text_unchanged,
        )
    if message.HasField("alignment"):
        reports["alignment"] = Alignment(
            alignment.transcript_words,
            alignment.matched_words,
            _differences_from(alignment.differences),
        )
    return reports
