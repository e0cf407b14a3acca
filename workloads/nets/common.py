# SPDX-License-Identifier: Apache-2.0
"""Data, splits, intervals and cards of the networks in this folder (numpy and scikit-learn only, no PyTorch)."""

import gzip
import hashlib
import math
import os
import pathlib

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNSEEN_WRITERS = 450  # samples at the end of the original order of the digits
DIGITS_ABOUT = [  # card rows of every network trained on the digits
    ("Data", "scikit-learn's `load_digits`: 1797 grey images of 8×8 pixels, 0..16 (UCI optdigits, test part, CC BY 4.0)"),
    ("Split", "`train_test_split(test_size=0.25, stratify=y, random_state=0)`: 1347 training, 450 test images"),
    ("Input", "`image` float32 [1,1,8,8], x = pixel / 16"),
]


def digits_all():
    """All 1797 digits in their original order: images uint8 [N,1,8,8], pixel 0..16; labels uint8 [N]."""
    digits = load_digits()
    return digits.images.astype(np.uint8).reshape(-1, 1, 8, 8), digits.target.astype(np.uint8)


def digits_split():
    """The digits split of the project: ((train images, labels), (test images, labels)), 1347 and 450 samples."""
    images, labels = digits_all()
    train, test = train_test_split(np.arange(len(labels)), test_size=0.25, stratify=labels, random_state=0)
    return (images[train], labels[train]), (images[test], labels[test])


QUADRANTS_ABOUT = [  # card rows of every network trained on the quadrants
    ("Data", "scikit-learn's `load_digits` (UCI optdigits, test part, CC BY 4.0), of each digit 0 to 7 only the means of "
     "its four quadrants, 4×4 pixels each"),
    ("Split", "that of the digits: 1081 training, 362 test samples of the digits 0 to 7"),
    ("Input", "`image` float32 [1,4,1,1]: top left, top right, bottom left, bottom right; x = sum of the 16 pixels / 16"),
]


def quadrants(images, labels):
    """Samples of the digits 0 to 7 as (features uint8 [N,4,1,1], labels): the sum of the 16 pixels of each quadrant, top
    left first, bottom right last."""
    chosen = labels < 8
    sums = images[chosen].astype(np.int64).reshape(-1, 2, 4, 2, 4).sum(axis=(2, 4))
    if sums.max() > 255:
        raise ValueError(f"a quadrant has a sum of {sums.max()}, which does not fit a byte")
    return sums.astype(np.uint8).reshape(-1, 4, 1, 1), labels[chosen]


def quadrants_split():
    """The digits split in quadrants: ((train features, labels), (test features, labels))."""
    train, test = digits_split()
    return quadrants(*train), quadrants(*test)


def digits_writers_split():
    """Split by writer: ((first 1347), (last 450)) samples of the original order; the last ones are unseen writers."""
    images, labels = digits_all()
    return (images[:-UNSEEN_WRITERS], labels[:-UNSEEN_WRITERS]), (images[-UNSEEN_WRITERS:], labels[-UNSEEN_WRITERS:])


def data_path():
    """Folders that may hold data sets: OHMIC_DATA (separated by colons), else build/data."""
    folders = [folder for folder in os.environ.get("OHMIC_DATA", "").split(":") if folder]
    return [pathlib.Path(folder) for folder in folders] or [ROOT / "build" / "data"]


def find_data(name):
    """The file `name` in the first folder of the data path that has it; FileNotFoundError names file and folders."""
    for folder in data_path():
        if (folder / name).is_file():
            return folder / name
    folders = ":".join(str(folder) for folder in data_path())
    raise FileNotFoundError(f"{name} not found on the data path ({folders}); set OHMIC_DATA to the folder that holds it")


def read_idx(path):
    """A gzip-compressed IDX file of unsigned bytes as a uint8 array of the shape that its header states."""
    raw = gzip.decompress(pathlib.Path(path).read_bytes())
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4).astype(int)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def mnist_part(part):
    """MNIST part `train10k` or `t10k`: images uint8 [10000,1,28,28], pixel 0..255; labels uint8 [10000]."""
    images = read_idx(find_data(f"mnist/{part}-images-idx3-ubyte.gz"))
    return images[:, None], read_idx(find_data(f"mnist/{part}-labels-idx1-ubyte.gz"))


def wilson_interval(correct, total, z=1.959963984540054):
    """Wilson score interval (low, high) of correct/total; the default z gives 95 %."""
    share = correct / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def accuracy_text(correct, total):
    """`98.67 % (444 of 450), 95 % interval 97.12 % to 99.39 %`."""
    low, high = (100 * bound for bound in wilson_interval(correct, total))
    return f"{100 * correct / total:.2f} % ({correct} of {total}), 95 % interval {low:.2f} % to {high:.2f} %"


def write_card(folder, title, rows, notes):
    """Write `folder`/card.md: a table of (what, value) rows, then notes; holds the checksum of model.onnx."""
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    lines = ["<!-- written by train.py; change that file and run it again -->", f"# {title}", "", "| | |", "|---|---|"]
    lines += [f"| {what} | {value} |" for what, value in [*rows, ("model.onnx, SHA-256", f"`{digest}`")]]
    lines += ["", *notes, ""]
    (folder / "card.md").write_text("\n".join(lines), encoding="utf-8")
