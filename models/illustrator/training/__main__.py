"""The command line: `python -m models.illustrator.training all --preset full --hours 10 --resume`.

It takes the lowest priority by itself, so that it may run for hours beside other work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from lanternist.runtime.errors import CancelledError, LanternistError
from models.illustrator.training.budget import Budget
from models.illustrator.training.config import STAGES, Config, load_config
from models.illustrator.training.drawing import draw_pictures
from models.illustrator.training.journal import Journal
from models.illustrator.training.workplace import Workplace, default_folder

_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one stage, or all of them. Returns the exit status: 0, 1 on error, 130 if stopped."""
    options = _parser().parse_args(arguments)
    os.nice(19)
    try:
        config = _config(options)
        folder: Path = options.work or default_folder(config)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            _run(config, folder, options)
    except Timeout:
        print("Another run is at work in this folder.", file=sys.stderr)
        return 1
    except CancelledError as error:
        print(f"\n{error.message} Go on with it by --resume.", file=sys.stderr)
        return _STOPPED
    except LanternistError as error:
        print(f"\n{error.message}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.illustrator.training",
        description="Train the illustrator: " + ", ".join(STAGES) + ".",
    )
    parser.add_argument(
        "stage", nargs="+", choices=("all", *STAGES), help="one or several, in this order"
    )
    parser.add_argument("--preset", default="smoke", help="smoke, full, large, or a TOML file")
    parser.add_argument("--hours", type=float, help="of the whole run; of the stage, if it is one")
    parser.add_argument("--work", type=Path, help="working folder; in the user's cache by default")
    parser.add_argument(
        "--start-from", type=Path, help="a pipeline directory whose weights to go on from"
    )
    parser.add_argument(
        "--relearn",
        action="store_true",
        help="with --start-from: let its autoencoder go on learning, instead of as it is",
    )
    parser.add_argument(
        "--pipeline",
        type=Path,
        action="append",
        default=[],
        help="evaluate this pipeline directory too; may be given several times",
    )
    parser.add_argument("--resume", action="store_true", help="go on with what was begun")
    parser.add_argument("--again", action="store_true", help="throw away what the stage has left")
    return parser


def _config(options: argparse.Namespace) -> Config:
    config = load_config(options.preset, hours=options.hours)
    if options.hours is not None and len(options.stage) == 1 and options.stage != ["all"]:
        return config.model_copy(update={"shares": {options.stage[0]: 1.0}})
    return config


def _run(config: Config, folder: Path, options: argparse.Namespace) -> None:
    place = Workplace(config, folder)
    journal = Journal(place.journal)
    wanted = STAGES if "all" in options.stage else options.stage
    if "data" in wanted:
        _draw(config, place, journal, again=options.again)
    if computed := [name for name in STAGES[1:] if name in wanted]:
        _compute(config, place, journal, options, computed)
    print(f"Done: {folder}", file=sys.stderr)


def _draw(config: Config, place: Workplace, journal: Journal, *, again: bool) -> None:
    """What is there already stays, unless it is to be thrown away: nothing is drawn twice."""
    if again:
        shutil.rmtree(place.pictures, ignore_errors=True)
        shutil.rmtree(place.latents, ignore_errors=True)
    draw_pictures(config, place.pictures, Budget(config.seconds("data")), journal)


def _compute(
    config: Config,
    place: Workplace,
    journal: Journal,
    options: argparse.Namespace,
    names: Sequence[str],
) -> None:
    # Threads that wait by spinning stall each other on a busy machine: ten times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Late: the line above comes too late otherwise, and processes that draw need no torch.
    from models.illustrator.training.stages import Run, prepare_torch  # noqa: PLC0415

    prepare_torch(config)
    run = Run(
        config,
        place,
        journal,
        resume=options.resume,
        again=options.again,
        start_from=options.start_from,
        relearn=options.relearn,
        others=tuple(options.pipeline),
    )
    for name in names:
        run.stage(name)


if __name__ == "__main__":
    sys.exit(main())
