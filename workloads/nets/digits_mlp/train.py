# SPDX-License-Identifier: Apache-2.0
"""Trains digits_mlp: 64-64-32-10 with ReLU on the 8x8 digits; input `image` float32 [1,1,8,8], x = pixel / 16."""

import pathlib
import sys
from collections import OrderedDict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import training  # noqa: E402  (before torch: it fixes the arithmetic)
from torch import nn  # noqa: E402

import common  # noqa: E402

RECIPE = training.Recipe(epochs=120, batch_size=32, learning_rate=1e-2, weight_decay=1e-2, max_shift=(0, 1), seed=1)


def build():
    """The untrained network; layer names become ONNX node names."""
    return nn.Sequential(OrderedDict(
        flatten1=nn.Flatten(), fc1=nn.Linear(64, 64), relu1=nn.ReLU(), fc2=nn.Linear(64, 32), relu2=nn.ReLU(),
        fc3=nn.Linear(32, 10)))


if __name__ == "__main__":
    training.main(__file__, "digits_mlp", common.DIGITS_ABOUT, build, common.digits_split, 16, RECIPE,
                  writers=common.digits_writers_split, seeds=range(2, 8))
