# SPDX-License-Identifier: Apache-2.0
"""Trains digits_cnn: three 3x3 convolutions and one linear layer on the 8x8 digits; input `image` float32 [1,1,8,8], x = pixel / 16."""

import pathlib
import sys
from collections import OrderedDict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import training  # noqa: E402  (before torch: it fixes the arithmetic)
from torch import nn  # noqa: E402

import common  # noqa: E402

RECIPE = training.Recipe(epochs=120, batch_size=64, learning_rate=1e-2, weight_decay=1e-1, max_shift=(1, 1), seed=1)


def build():
    """The untrained network; layer names become ONNX node names."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 8, 3, padding=1), relu1=nn.ReLU(), conv2=nn.Conv2d(8, 16, 3, padding=1), relu2=nn.ReLU(),
        pool1=nn.MaxPool2d(2), conv3=nn.Conv2d(16, 32, 3, padding=1), relu3=nn.ReLU(), pool2=nn.MaxPool2d(2),
        flatten1=nn.Flatten(), fc1=nn.Linear(128, 10)))


if __name__ == "__main__":
    training.main(__file__, "digits_cnn", common.DIGITS_ABOUT, build, common.digits_split, 16, RECIPE,
                  writers=common.digits_writers_split, seeds=range(2, 8))
