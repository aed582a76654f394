"""A third party's renderer and proposer, found by entry point: one gain, one gamma, so that a study takes a while. Three more misbehave."""

import os
import time

import numpy as np
import torch

from shared_engine.errors import ParameterError
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.renderer import Renderer, Stage
from shared_engine.types import Media, Parameter, Tool


class DarkerProposal(Proposal):
    proposer = "darker"
    confidence = 0.05
    reason = "darker, whatever was shown"

    def render(self, content, likeness=1.0):
        return Media("image", (content.data * (1 - 0.4 * likeness)).astype(np.float32), content.space, mask=content.mask)


class DarkerProposer(Proposer):
    """A third party's proposer, in a package of its own."""

    name = "darker"
    kind = "image"

    def propose(self, content, references):
        return DarkerProposal()


class GainStage(Stage):
    def __init__(self, content, sample, seed, delay):
        count = content.data.size // 3
        self.index = np.random.default_rng(seed).choice(count, min(sample, count), replace=False) if sample else np.arange(count)
        self.content, self.delay = content, delay
        self.pixels = self.target(content)

    def render(self, batch, count):
        time.sleep(self.delay)
        return _apply(self.pixels, batch, count)

    def target(self, media):
        return torch.tensor(media.data.reshape(-1, 3)[self.index])

    def media(self, batch, count):
        return [Media("image", one.numpy(), "sRGB") for one in _apply(torch.tensor(self.content.data), batch, count)]


def _apply(pixels, batch, count):
    axes = (count,) + (1,) * pixels.ndim
    gain, gamma = (torch.as_tensor(batch.get(f"gain.{name}", torch.ones(count))).float().reshape(axes) for name in ("gain", "gamma"))
    return gain * pixels[None].clamp(min=1e-6) ** gamma


class GainRenderer(Renderer):
    name = "gain"
    kind = "image"
    differentiable = True
    delay = 0.0

    def __init__(self, available=None):
        self.available = available

    @property
    def tools(self):
        gain = Parameter("gain", "Gain", 0.25, 4.0, 1.0, scale="log")
        gamma = Parameter("gamma", "Gamma", 0.25, 4.0, 1.0, scale="log")
        return (Tool("gain", "Gain", (gain, gamma), frozenset({"tone"})),)

    def stage(self, content, sample=None, seed=0):
        return GainStage(content, sample, seed, self.delay)

    def recipe(self, values):
        return [{"operation": "test:gain", "steps": [{key.split(".")[1]: float(value) for key, value in values.items()}]}]

    def values(self, recipe):
        found = {}
        for entry in recipe:
            if entry["operation"] != "test:gain":
                raise ParameterError(f"{entry['operation']} is unknown", "Use test:gain.")
            found.update({f"gain.{name}": value for step in entry["steps"] for name, value in step.items()})
        return found


class SlowRenderer(GainRenderer):
    name = "slow"
    delay = 0.05


class EndlessRenderer(GainRenderer):
    """A study with it takes a minute or more."""

    name = "endless"
    delay = 2.0


class FatalRenderer(GainRenderer):
    name = "fatal"

    def stage(self, content, sample=None, seed=0):
        os._exit(42)


class BrokenRenderer(GainRenderer):
    name = "broken"

    def recipe(self, values):
        raise ZeroDivisionError("a third party's mistake")
