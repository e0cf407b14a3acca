# SPDX-License-Identifier: Apache-2.0
"""Trains streamed_mlp: 4-8 with ReLU on the quadrants of digits 0 to 7; input `image` float32 [1,4,1,1]."""

import pathlib
import sys
from collections import OrderedDict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import training  # noqa: E402  (before torch: it fixes the arithmetic)
from torch import nn  # noqa: E402

import common  # noqa: E402

RECIPE = training.Recipe(epochs=100, batch_size=64, learning_rate=3e-2, weight_decay=1e-2, max_shift=(0, 0), seed=1)


FIRST_BIAS = 4.0  # every output begins positive: one that is negative for all images would never learn
ABOUT = [*common.QUADRANTS_ABOUT, ("Biases", f"begin at {FIRST_BIAS:g}, so that no output is cut off from the start")]


def build():
    """The untrained network; layer names become ONNX node names."""
    linear = nn.Linear(4, 8)
    nn.init.constant_(linear.bias, FIRST_BIAS)
    return nn.Sequential(OrderedDict(flatten1=nn.Flatten(), fc1=linear, relu1=nn.ReLU()))


if __name__ == "__main__":
    training.main(__file__, "streamed_mlp", ABOUT, build, common.quadrants_split, 16, RECIPE, seeds=range(2, 8))
