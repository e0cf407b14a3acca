# SPDX-License-Identifier: Apache-2.0
"""Trains lenet5_mnist: LeNet-5 with ReLU and average pooling; input `image` float32 [1,1,28,28], x = pixel / 255.

Needs mnist/train10k-*.gz and mnist/t10k-*.gz on the data path (OHMIC_DATA).
"""

import pathlib
import sys
from collections import OrderedDict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import training  # noqa: E402  (before torch: it fixes the arithmetic)
from torch import nn  # noqa: E402

import common  # noqa: E402

RECIPE = training.Recipe(epochs=30, batch_size=64, learning_rate=2e-3, weight_decay=1e-2, max_shift=(2, 2), seed=1)
ABOUT = [
    ("Data", "MNIST, grey images of 28×28 pixels, 0..255 (LeCun, Cortes, Burges; CC BY-SA 3.0)"),
    ("Split", "trained on the first 10,000 of the 60,000 training images, tested on the 10,000 test images"),
    ("Input", "`image` float32 [1,1,28,28], x = pixel / 255"),
]


def build():
    """The untrained network; layer names become ONNX node names."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.AvgPool2d(2), conv2=nn.Conv2d(6, 16, 5),
        relu2=nn.ReLU(), pool2=nn.AvgPool2d(2), flatten1=nn.Flatten(), fc1=nn.Linear(400, 120), relu3=nn.ReLU(),
        fc2=nn.Linear(120, 84), relu4=nn.ReLU(), fc3=nn.Linear(84, 10)))


if __name__ == "__main__":
    training.main(__file__, "lenet5_mnist", ABOUT, build, lambda: (common.mnist_part("train10k"), common.mnist_part("t10k")),
                  255, RECIPE)
