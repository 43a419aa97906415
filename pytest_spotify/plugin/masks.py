"""Masks for the log of GitHub Actions, written past pytest's own capture and pytest-xdist's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import nullcontext

import pytest

from pytest_spotify.redaction.masking import emit_masks, in_github_actions


def mask(config: pytest.Config, texts: Iterable[str]) -> None:
    """Mask texts in the log of the job, if this run is one; nothing anywhere else."""
    if not in_github_actions(os.environ):
        return
    # An xdist worker's standard output is lost; its standard error is that of the job, which is read alike.
    descriptor = 2 if hasattr(config, "workerinput") else 1
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
        emit_masks(texts, descriptor=descriptor)
