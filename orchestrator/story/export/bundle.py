"""Everything of a story in one ZIP: the folder that the command line writes, with both captions.

Entries are stored, not deflated: media would not shrink, and a C2PA manifest is only taken by such
files.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.story.domain import Story
from orchestrator.story.export.captions import subrip
from orchestrator.story.export.folder import write_folder
from orchestrator.story.export.html import Medium
from orchestrator.story.export.tags import file_name

MEDIA_TYPE = "application/zip"


def write_zip(
    target: Path, story: Story, pictures: Sequence[Medium], narration: Path, sound_name: str
) -> None:
    """Writes the archive; arguments as `write_folder`'s.

    Raises:
        OSError: A file cannot be read or written.
    """
    with TemporaryDirectory(dir=target.parent) as directory:
        folder = Path(directory) / "story"
        names = write_folder(folder, story, pictures, narration, sound_name)
        (folder / "captions.srt").write_text(subrip(story), encoding="utf-8")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name in [*names, "captions.srt"]:
                archive.write(folder / name, f"{file_name(story.title, '')}/{name}")
