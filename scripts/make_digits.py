# SPDX-License-Identifier: Apache-2.0
"""Writes the 8x8 digits of the installed scikit-learn as HDF5, checked against known checksums.

Layout: /<split>/images uint8 [N,1,8,8] (pixel 0..16), /<split>/labels uint8 [N]; splits train (1347), test (450), all
(1797, original order). The same arrays give the same bytes.
"""

import argparse
import hashlib
import os
import pathlib
import sys

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "workloads" / "nets"))

import common  # noqa: E402

SHA256 = {  # of the image bytes followed by the label bytes
    "train": "a756f8665c1315a9ef530827f3f360ac9475f2bd53b5281af68e7d50aabedcdd",
    "test": "a67dc9755fe35e2eb98d3adc3a4e0ec4d459d8c489a2c7eb44200ee269dcfbd2",
    "all": "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826",
}


def checksum(images, labels):
    """SHA-256 of the contents of one split, in hexadecimal."""
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def checked_splits():
    """{split: (images, labels)}; ValueError where the installed scikit-learn gives other data or another split."""
    train, test = common.digits_split()
    splits = {"train": train, "test": test, "all": common.digits_all()}
    for name, (images, labels) in splits.items():
        found = checksum(images, labels)
        if found != SHA256[name]:
            raise ValueError(f"digits, split '{name}': SHA-256 is {found}, expected {SHA256[name]}; "
                             "the installed scikit-learn gives other data or another split")
    return splits


def write_digits(path, splits):
    """Write `splits` to the HDF5 file `path`; it appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(partial, "w", track_order=False) as file:
            for name, (images, labels) in splits.items():
                file.create_dataset(f"{name}/images", data=images, track_times=False)
                file.create_dataset(f"{name}/labels", data=labels, track_times=False)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def main():
    """Command line: make_digits.py FILE."""
    parser = argparse.ArgumentParser(description="write the 8x8 digits as HDF5")
    parser.add_argument("file", type=pathlib.Path)
    path = parser.parse_args().file
    try:
        write_digits(path, checked_splits())
    except ValueError as error:
        sys.exit(f"make_digits: {error}")


if __name__ == "__main__":
    main()
