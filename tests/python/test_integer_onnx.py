# SPDX-License-Identifier: Apache-2.0
"""The integer reference against onnxruntime: a network exported in ONNX integer operators gives the same integers at
every node, graph optimisations off. The C++ side comes from `ohmic_dump_quantized` (tests/support)."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA_PATH = [pathlib.Path(p) for p in os.environ.get("OHMIC_DATA", "").split(":") if p] + [ROOT / "build" / "data"]

RULES = {
    "int8": "{match: '.*', weights: {bits: 8, per: channel}, activations: {bits: 8, calibration: {percentile: 99.99}}}",
    "int4_signed": "{match: '.*', weights: {bits: 4, per: tensor}, activations: {bits: 5, signed: true}}",
    "power_of_two": "{match: '.*', weights: {bits: 8, scale: power_of_two}, activations: {bits: 8, scale: power_of_two}}",
}


def program():
    """The newest ohmic_dump_quantized of any build folder."""
    folder = os.environ.get("OHMIC_BUILD")
    places = [pathlib.Path(folder)] if folder else (ROOT / "build").glob("*")
    found = [p / "tests" / "ohmic_dump_quantized" for p in places]
    found = [p for p in found if p.is_file()]
    if not found:
        pytest.fail("ohmic_dump_quantized is not built (scripts/build)")
    return max(found, key=lambda p: p.stat().st_mtime)


def require_data(*names):
    """The files along the data path; a test that needs one that is absent is skipped, visibly."""
    found = []
    for name in names:
        places = [folder / name for folder in DATA_PATH if (folder / name).is_file()]
        if not places:
            pytest.skip(f"needs {name} on the data path (OHMIC_DATA)")
        found.append(places[0])
    return found


def dump(arguments, out):
    environment = os.environ | {"OHMIC_DATA": ":".join(str(folder) for folder in DATA_PATH)}
    done = subprocess.run([program(), *arguments, out], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "manifest.json").read_text())


def nchw(values, images, shape):
    channels, height, width = shape
    return values.reshape(images, height, width, channels).transpose(0, 3, 1, 2)


def compare_all_nodes(manifest, out):
    """Every node of onnxruntime's run equals ours; returns the number of integers compared."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession((out / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"])
    images, nodes = manifest["images"], manifest["nodes"]
    assert [output.name for output in session.get_outputs()] == [node["name"] for node in nodes]
    pixels = nchw(np.fromfile(out / "pixels.bin", np.uint8), images, nodes[0]["shape"]).astype(np.float32)
    compared = 0
    for node, theirs in zip(nodes, session.run(None, {session.get_inputs()[0].name: pixels})):
        ours = np.fromfile(out / node["file"], np.int32 if node["integer"] else np.float32)
        assert np.array_equal(nchw(ours, images, node["shape"]), theirs), node["name"]
        compared += ours.size if node["integer"] else 0
    return compared


def check_network(name, setup, tmp_path, images, least_accuracy, model=None):
    model = model or ROOT / "workloads" / "nets" / name / "model.onnx"
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "setup.yaml").write_text(f"network: {model}\n{setup}")
    out = tmp_path / "out"
    manifest = dump([tmp_path / "setup.yaml"], out)
    assert manifest["images"] == images
    assert compare_all_nodes(manifest, out) >= 100 * images
    right = np.mean(np.array(manifest["classes"]) == np.array(manifest["labels"]))
    real = np.mean(np.array(manifest["float_classes"]) == np.array(manifest["labels"]))
    print(f"{name}: {images} images, float {real:.4f}, integer {right:.4f}")
    assert right >= least_accuracy


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", ["digits_mlp", "digits_cnn"])
def test_digits_networks_equal_onnxruntime_on_all_test_images(name, rules, tmp_path):
    require_data("digits.h5")
    setup = f"""
test: {{file: "data:digits.h5", split: test}}
calibration: {{file: "data:digits.h5", split: train, images: 256}}
normalize: {{mean: [0.0], std: [16.0]}}
quantization: {{rules: [{RULES[rules]}]}}
"""
    check_network(name, setup, tmp_path, 450, 0.96 if rules != "int4_signed" else 0.8)


@pytest.mark.parametrize("rules", RULES)
def test_lenet5_equals_onnxruntime_on_mnist(rules, tmp_path):
    files = [f"mnist/{part}-{kind}-ubyte.gz" for part in ("t10k", "train10k") for kind in ("images-idx3", "labels-idx1")]
    require_data(*files)
    # All 10,000 test images in portions with 8 bits, the first portion with the other rules.
    for skip in range(0, 10000 if rules == "int8" else 1000, 1000):
        setup = f"""
test: {{file: "data:{files[0]}", labels: "data:{files[1]}", images: 1000, skip: {skip}}}
calibration: {{file: "data:{files[2]}", labels: "data:{files[3]}", images: 256}}
normalize: {{mean: [0.0], std: [255.0]}}
quantization: {{rules: [{RULES[rules]}]}}
"""
        check_network("lenet5_mnist", setup, tmp_path / str(skip), 1000, 0.96 if rules != "int4_signed" else 0.8)


def test_resnet8_with_additions_equals_onnxruntime_on_cifar10(tmp_path):
    model, test, calibration = require_data("models/resnet8_cifar10/resnet8_cifar10_float.onnx",
                                            "cifar10/cifar10_test_1000.bin", "cifar10/cifar10_train_calib_500.bin")
    setup = f"""
test: {{file: {test}, images: 40}}
calibration: {{file: {calibration}, images: 64}}
quantization: {{rules: [{RULES["int8"]}]}}
"""
    check_network("resnet8_cifar10", setup, tmp_path, 40, 0.8, model)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_networks_equal_onnxruntime(first, tmp_path):
    """Odd kernels, strides, paddings, dilations, additions, poolings; 2 to 8 bits; signed and unsigned."""
    for seed in range(first, first + 20):
        out = tmp_path / str(seed)
        manifest = dump(["--random", str(seed)], out)
        print("seed", seed)
        assert compare_all_nodes(manifest, out) > 0
