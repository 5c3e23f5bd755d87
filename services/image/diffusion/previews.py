"""A look at a picture that is still noise in parts: latents to small pixels.

Pipelines that predict a flow move on nearly straight lines, so the picture that they head for is
known from their last two points; of others the latents are shown as they are. A preview is never
worth a failed picture: latents of a form that this module cannot read give none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lanternist.runtime import telemetry
from services.image.engine import Pixels

_log = telemetry.logger(__name__)

# Latents are halved until the longer side of the preview is at most this many pixels.
_LARGEST_PX = 384


class Previewer:
    """Follows one run of a pipeline and decodes looks at it.

    Args:
        pipeline: Has a `vae` that decodes latents (batch, channels, height, width), perhaps packed
            as Flux packs them.
        width: Pixels of the finished picture.
        height: Pixels of the finished picture.
    """

    def __init__(self, pipeline: Any, width: int, height: int) -> None:
        self._pipeline = pipeline
        self._width = width
        self._height = height
        self._before: Tensor | None = None
        self._usable = hasattr(getattr(pipeline, "vae", None), "decode")

    def follow(self, latents: Tensor | None, step: int, *, show: bool) -> list[Pixels]:
        """Takes note of the latents after `step` steps.

        Returns:
            A preview of each picture of the batch, when `show` and when they can be decoded.
        """
        if latents is None or not self._usable:
            return []
        before, self._before = self._before, latents
        if not show:
            return []
        try:
            with torch.inference_mode():
                return self._decode(self._heading(before, latents, step))
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            self._usable = False
            _log.warning("previews are off", pipeline=type(self._pipeline).__name__, error=error)
            return []

    def _heading(self, before: Tensor | None, latents: Tensor, step: int) -> Tensor:
        """Where a flow leads: the straight line through the last two points, at noise level 0."""
        scheduler = self._pipeline.scheduler
        sigmas = getattr(scheduler, "sigmas", None)
        config = scheduler.config
        is_flow = (
            "FlowMatch" in type(scheduler).__name__
            or config.get("use_flow_sigmas", False)
            or config.get("prediction_type") == "flow_prediction"
        )
        step += getattr(scheduler, "begin_index", None) or 0  # drawing from a picture begins later
        if not is_flow or before is None or sigmas is None or step >= len(sigmas):
            return latents
        level, level_before = float(sigmas[step]), float(sigmas[step - 1])
        if level_before - level < 1e-6:
            return latents
        return latents - level * (before - latents) / (level_before - level)

    def _decode(self, latents: Tensor) -> list[Pixels]:
        pipeline = self._pipeline
        if latents.ndim == 3:
            factor = pipeline.vae_scale_factor
            latents = pipeline._unpack_latents(latents, self._height, self._width, factor)
        if latents.ndim != 4:
            raise ValueError(f"latents with {latents.ndim} dimensions")
        side = max(self._width, self._height)
        while side > _LARGEST_PX and min(latents.shape[-2:]) >= 4:
            latents, side = torch.nn.functional.avg_pool2d(latents, 2), side // 2
        vae = pipeline.vae
        scale = getattr(vae.config, "scaling_factor", None) or 1.0
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        decoded = vae.decode((latents / scale + shift).to(vae.dtype), return_dict=False)[0]
        pixels = decoded.float().nan_to_num().add(1).mul(127.5).clamp(0, 255).round()
        array: np.ndarray[Any, np.dtype[np.uint8]] = (
            pixels.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        )
        return [np.ascontiguousarray(picture) for picture in array]
