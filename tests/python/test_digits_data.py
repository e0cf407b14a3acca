# SPDX-License-Identifier: Apache-2.0
"""The digits data set: split, file layout, repeatable bytes, and the checksum that guards them."""

import gzip
import pathlib
import sys

import h5py
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "workloads" / "nets")]

import common  # noqa: E402
import make_digits  # noqa: E402
import make_quadrants  # noqa: E402


def samples(images, labels):
    """Samples as a sorted list of bytes, image then label."""
    return sorted(image.tobytes() + bytes([label]) for image, label in zip(images, labels))


def test_random_split_parts_the_data_set():
    train, test = common.digits_split()
    assert (len(train[1]), len(test[1])) == (1347, 450)
    assert samples(*common.digits_all()) == sorted(samples(*train) + samples(*test))
    assert not set(samples(*train)) & set(samples(*test))


def test_random_split_is_stratified():
    _, labels = common.digits_all()
    _, (_, test) = common.digits_split()
    expected = np.bincount(labels) * 450 / 1797
    assert np.all(np.abs(np.bincount(test) - expected) < 1)


def test_unseen_writers_are_the_last_450_samples():
    images, labels = common.digits_all()
    seen, unseen = common.digits_writers_split()
    assert (len(seen[1]), len(unseen[1])) == (1347, 450)
    assert np.array_equal(np.concatenate([seen[0], unseen[0]]), images)
    assert np.array_equal(np.concatenate([seen[1], unseen[1]]), labels)


def test_file_holds_the_splits_as_bytes(tmp_path):
    splits = make_digits.checked_splits()
    make_digits.write_digits(tmp_path / "digits.h5", splits)
    with h5py.File(tmp_path / "digits.h5") as file:
        assert set(file) == {"train", "test", "all"}
        for name, count in (("train", 1347), ("test", 450), ("all", 1797)):
            images, labels = file[name]["images"], file[name]["labels"]
            assert (images.shape, images.dtype) == ((count, 1, 8, 8), np.uint8)
            assert (labels.shape, labels.dtype) == ((count,), np.uint8)
            assert images[()].max() == 16 and set(labels[()]) == set(range(10))
            assert np.array_equal(images[()], splits[name][0]) and np.array_equal(labels[()], splits[name][1])
    assert [path.name for path in tmp_path.iterdir()] == ["digits.h5"]


def test_same_bytes_each_time(tmp_path, monkeypatch):
    splits = make_digits.checked_splits()
    make_digits.write_digits(tmp_path / "one.h5", splits)
    monkeypatch.setattr(make_digits.os, "getpid", lambda: 1)
    make_digits.write_digits(tmp_path / "two.h5", splits)
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()


@pytest.mark.parametrize("part", [0, 1])
def test_one_changed_value_is_refused(monkeypatch, part):
    train, test = common.digits_split()
    test[part].flat[7] ^= 1
    monkeypatch.setattr(common, "digits_split", lambda: (train, test))
    with pytest.raises(ValueError, match=r"split 'test': SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}; the installed scikit"):
        make_digits.checked_splits()


def test_exchanged_samples_are_refused(monkeypatch):
    (images, labels), test = common.digits_split()
    order = np.r_[1, 0, 2:len(labels)]
    monkeypatch.setattr(common, "digits_split", lambda: ((images[order], labels[order]), test))
    with pytest.raises(ValueError, match="split 'train'"):
        make_digits.checked_splits()


def test_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        make_digits.write_digits(tmp_path / "digits.h5", {"train": (object(), object())})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("correct, total, low, high", [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (450, 450, 0.99154, 1.0)])
def test_wilson_interval(correct, total, low, high):
    assert common.wilson_interval(correct, total) == pytest.approx((low, high), abs=1e-5)


def test_missing_data_names_file_and_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("OHMIC_DATA", f"{tmp_path}:{tmp_path / 'other'}")
    with pytest.raises(FileNotFoundError, match=f"mnist/t10k-images-idx3-ubyte.gz not found .*{tmp_path}:{tmp_path}/other"):
        common.mnist_part("t10k")


def test_idx_is_read_by_its_header(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x02" + (2).to_bytes(4, "big") + (3).to_bytes(4, "big") + bytes(range(6))))
    assert common.read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]
    path.write_bytes(gzip.compress(b"\0\0\x0d\x01" + bytes(8)))
    with pytest.raises(ValueError, match="not an IDX file of unsigned bytes"):
        common.read_idx(path)


def test_quadrants_are_the_sums_of_four_by_four_pixels(tmp_path):
    splits = make_quadrants.checked_splits()
    make_digits.write_digits(tmp_path / "quadrants.h5", splits)
    with h5py.File(tmp_path / "quadrants.h5") as file:
        assert set(file) == {"train", "test"}
        for name, digits, count in (("train", common.digits_split()[0], 1081), ("test", common.digits_split()[1], 362)):
            images, labels = file[name]["images"][()], file[name]["labels"][()]
            assert (images.shape, images.dtype, labels.shape) == ((count, 4, 1, 1), np.uint8, (count,))
            assert set(labels) == set(range(8))
            chosen = [i for i, label in enumerate(digits[1]) if label < 8]
            for row in (0, 7, count - 1):
                digit = digits[0][chosen[row]][0].astype(int)
                expected = [digit[y:y + 4, x:x + 4].sum() for y in (0, 4) for x in (0, 4)]
                assert images[row].ravel().tolist() == expected and labels[row] == digits[1][chosen[row]]


def test_changed_quadrants_are_refused(monkeypatch):
    train, (images, labels) = common.quadrants_split()
    images[3, 2] ^= 1
    monkeypatch.setattr(common, "quadrants_split", lambda: (train, (images, labels)))
    with pytest.raises(ValueError, match=r"quadrants, split 'test': SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}; the"):
        make_quadrants.checked_splits()
