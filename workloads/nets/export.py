# SPDX-License-Identifier: Apache-2.0
"""Export of a torch.nn.Sequential of plain layers to ONNX: float32, opset 13, batch 1, `image` in, `logits` out."""

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 7  # the one that belongs to opset 13


def pair(value):
    """Kernel, stride or padding of a torch layer as [vertical, horizontal]."""
    return list(value) if isinstance(value, tuple) else [value, value]


def node_of(layer, name, source, target):
    """(ONNX node, {initializer: tensor}) of one torch layer that reads `source` and writes `target`."""
    inputs, weights, attributes = [source], {}, {}
    if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
        weights = {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
        inputs += weights
    if isinstance(layer, torch.nn.Conv2d):
        kind = "Conv"
        attributes = {"kernel_shape": pair(layer.kernel_size), "strides": pair(layer.stride),
                      "pads": 2 * pair(layer.padding), "dilations": pair(layer.dilation), "group": layer.groups}
    elif isinstance(layer, torch.nn.Linear):
        kind, attributes = "Gemm", {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
    elif isinstance(layer, (torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
        kind = "MaxPool" if isinstance(layer, torch.nn.MaxPool2d) else "AveragePool"
        attributes = {"kernel_shape": pair(layer.kernel_size), "strides": pair(layer.stride), "pads": 2 * pair(layer.padding)}
    elif isinstance(layer, torch.nn.Flatten):
        kind, attributes = "Flatten", {"axis": 1}
    elif isinstance(layer, torch.nn.ReLU):
        kind = "Relu"
    elif isinstance(layer, torch.nn.LeakyReLU):
        kind, attributes = "LeakyRelu", {"alpha": float(layer.negative_slope)}
    elif isinstance(layer, torch.nn.RReLU):  # outside of training the mean of its slopes
        kind, attributes = "LeakyRelu", {"alpha": (layer.lower + layer.upper) / 2}
    else:
        raise TypeError(f"{name}: no ONNX export for {type(layer).__name__}")
    return helper.make_node(kind, inputs, [target], name=name, **attributes), weights


def macs_of(layer, output):
    """Multiply-accumulates of one layer for one image; `output` is its output tensor [1, ...]."""
    if isinstance(layer, torch.nn.Conv2d):
        return output.numel() * layer.weight[0].numel()
    return layer.weight.numel() if isinstance(layer, torch.nn.Linear) else 0


def export_onnx(net, path, graph_name, image_shape):
    """Write `net` to `path`; image_shape = (C, H, W). Returns the network's MACs per image."""
    nodes, initializers, macs = [], [], 0
    tensor, source = torch.zeros(1, *image_shape), "image"
    layers = list(net.named_children())
    for index, (name, layer) in enumerate(layers):
        target = "logits" if index == len(layers) - 1 else f"{name}.out"
        node, weights = node_of(layer, name, source, target)
        nodes.append(node)
        initializers += [numpy_helper.from_array(value.detach().numpy(), key) for key, value in weights.items()]
        with torch.no_grad():
            tensor = layer(tensor)
        macs += macs_of(layer, tensor)
        source = target
    graph = helper.make_graph(
        nodes, graph_name, [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, *image_shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, list(tensor.shape))], initializers)
    model = helper.make_model(graph, producer_name="ohmic", ir_version=IR_VERSION,
                              opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return macs
