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


QDQ = "models/resnet8_cifar10/resnet8_cifar10_int8_qdq.onnx"


def qdq_setup(requantization, images):
    model, test = require_data(QDQ, "cifar10/cifar10_test_1000.bin")
    return model, f"""
test: {{file: {test}, images: {images}}}
quantization: {{rules: from_network, requantization: {requantization}}}
"""


def dumped_integers(manifest, out):
    """Integers of every node that puts integers out, [image][channel][row][column], by its name."""
    images = manifest["images"]
    return {node["name"]: nchw(np.fromfile(out / node["file"], np.int32), images, node["shape"])
            for node in manifest["nodes"] if node["integer"]}


def test_the_integers_of_a_qdq_file_equal_onnxruntime(tmp_path):
    model, setup = qdq_setup("{kind: float}", 40)
    check_network("resnet8_qdq", setup, tmp_path, 40, 0.8, model)


def test_integers_are_those_that_a_qdq_model_has_in_float_but_for_its_rounding(tmp_path):
    """onnxruntime computes the QDQ model in float32, so that sums near a half may fall on the other side. Layer by layer
    from its own integers: at most one unit, and seldom."""
    model, setup = qdq_setup("{kind: float}", 20)
    (tmp_path / "setup.yaml").write_text(f"network: {model}\n{setup}")
    ours = dumped_integers(dump([tmp_path / "setup.yaml"], tmp_path / "out"), tmp_path / "out")
    onnx = pytest.importorskip("onnx")
    qdq = onnx.load(model)
    rounded = [n.output[0] for n in qdq.graph.node if n.op_type == "QuantizeLinear"]
    made_by = {output: n for n in qdq.graph.node for output in n.output}
    for name in rounded[:-1]:
        qdq.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT8, None))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(qdq.SerializeToString(), options, providers=["CPUExecutionProvider"])
    pixels = ours["input.quantize"].astype(np.int8)
    theirs = [session.run(rounded[:-1], {"input": pixels[i:i + 1]}) for i in range(20)]
    compared = differing = 0
    for k, name in enumerate(rounded[:-1]):
        node = made_by[made_by[name].input[0]]
        node = made_by[node.input[0]] if node.op_type == "Relu" else node
        mine = ours[node.name]
        other = np.concatenate([image[k] for image in theirs]).reshape(mine.shape).astype(np.int32)
        share = np.mean(mine != other)
        print(f"{node.name}: {share:.5f} differ, by {np.abs(mine - other).max()} at most")
        assert share < (0.001 if k == 0 else 0.05), node.name
        compared, differing = compared + mine.size, differing + np.sum(mine != other)
    assert differing < 0.02 * compared


def test_tflite_rounding_equals_a_model_of_tflite_in_every_integer(tmp_path):
    """golden_int8_layers_4img.npz: every layer's output by a numpy model of TFLite's reference kernels."""
    model, setup = qdq_setup("{kind: multiplier_shift, rounding: tflite}", 4)
    golden = np.load(require_data("models/resnet8_cifar10/golden_int8_layers_4img.npz")[0])
    (tmp_path / "setup.yaml").write_text(f"network: {model}\n{setup}")
    ours = list(dumped_integers(dump([tmp_path / "setup.yaml"], tmp_path / "out"), tmp_path / "out").items())
    layers = ["input"] + [k for k in golden if k[0].isdigit() and "RESHAPE" not in k and "SOFTMAX" not in k]
    assert len(layers) == len(ours) == 15
    for layer, (name, integers) in zip(layers, ours):
        assert np.array_equal(integers.transpose(0, 2, 3, 1).reshape(golden[layer].shape), golden[layer]), (layer, name)


def test_resnet20_with_subsampled_shortcuts_equals_onnxruntime(tmp_path):
    model, test, calibration = require_data("models/resnet20_cifar10/resnet20_cifar10_float.onnx",
                                            "cifar10/cifar10_test_1000.bin", "cifar10/cifar10_train_calib_500.bin")
    setup = f"""
test: {{file: {test}, images: 20}}
calibration: {{file: {calibration}, images: 64}}
normalize: {{mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]}}
quantization: {{rules: [{RULES["int8"]}]}}
"""
    check_network("resnet20_cifar10", setup, tmp_path, 20, 0.8, model)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_networks_equal_onnxruntime(first, tmp_path):
    """Odd kernels, strides, paddings, dilations, additions, poolings; 2 to 8 bits; signed and unsigned."""
    for seed in range(first, first + 20):
        out = tmp_path / str(seed)
        manifest = dump(["--random", str(seed)], out)
        print("seed", seed)
        assert compare_all_nodes(manifest, out) > 0
