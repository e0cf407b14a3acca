# SPDX-License-Identifier: Apache-2.0
"""Writes the quadrants of the digits 0 to 7 (workloads/nets/common.py) as HDF5, checked against known checksums.

Layout: /<split>/images uint8 [N,4,1,1] (sums of 16 pixels), /<split>/labels uint8 [N]; splits train (1081), test (362). The
same arrays give the same bytes.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "workloads" / "nets"))

import common  # noqa: E402
import make_digits  # noqa: E402

SHA256 = {  # of the image bytes followed by the label bytes
    "train": "f780c92bde2335e1aa3497b369e6028b40ba786b96b345035d7388e00a3d02cd",
    "test": "f2f5356e3f6b62b815dfcd0b6c69bc8fa45c89ac3360791f2c4b227e9c146a0a",
}


def checked_splits():
    """{split: (features, labels)}; ValueError where the installed scikit-learn gives other data or another split."""
    splits = dict(zip(("train", "test"), common.quadrants_split()))
    for name, (images, labels) in splits.items():
        found = make_digits.checksum(images, labels)
        if found != SHA256[name]:
            raise ValueError(f"quadrants, split '{name}': SHA-256 is {found}, expected {SHA256[name]}; "
                             "the installed scikit-learn gives other data or another split")
    return splits


def main():
    """Command line: make_quadrants.py FILE."""
    parser = argparse.ArgumentParser(description="write the quadrants of the digits as HDF5")
    parser.add_argument("file", type=pathlib.Path)
    path = parser.parse_args().file
    try:
        make_digits.write_digits(path, checked_splits())
    except ValueError as error:
        sys.exit(f"make_quadrants: {error}")


if __name__ == "__main__":
    main()
