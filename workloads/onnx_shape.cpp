// SPDX-License-Identifier: Apache-2.0
// Operators that move no value: Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout; and a final Softmax, which
// changes no ranking and is left out.
#include <fmt/format.h>

#include <algorithm>

#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

namespace {

const Dims& input_dims(const OperatorCall& call) {
  return call.is_constant(0) ? call.constant(0, "data").dims : call.tensor(0, {.softmax = true, .integers = true}).dims;
}

std::int64_t product(Dims::const_iterator from, Dims::const_iterator to) {
  return checked_count(Dims(from, to));
}

void import_flatten(OperatorCall& call) {
  const std::int64_t axis = call.integer("axis", 1);
  const Dims& dims = input_dims(call);
  const auto rank = static_cast<std::int64_t>(dims.size());
  if (axis < -rank || axis > rank) throw Unsupported(fmt::format("axis {} is not in {}", axis, dims_text(dims)));
  const auto split = dims.begin() + (axis < 0 ? axis + rank : axis);
  import_view(call, {product(dims.begin(), split), product(split, dims.end())});
}

/// ONNX's target shape: 0 copies a size (unless allowzero), one -1 takes what is left.
Dims target_dims(const OperatorCall& call, const Dims& from, Dims target) {
  const bool zero_copies = call.integer("allowzero", 0) == 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && zero_copies && i < from.size()) target[i] = from[i];
  }
  const auto open = std::find(target.begin(), target.end(), -1);
  if (open == target.end()) return target;
  *open = 1;
  const std::int64_t rest = checked_count(target);
  const std::int64_t count = checked_count(from);
  if (rest == 0 || count % rest != 0) {
    *open = -1;
    throw Unsupported(fmt::format("cannot reshape {} to {}", dims_text(from), dims_text(target)));
  }
  *open = count / rest;
  return target;
}

void import_reshape(OperatorCall& call) {
  const std::vector<std::int64_t>& shape = call.integer_list(1, "shape");
  import_view(call, target_dims(call, input_dims(call), shape));
}

/// Axes of Squeeze and Unsqueeze: an attribute before opset 13, a constant input since.
std::vector<std::int64_t> read_axes(const OperatorCall& call) {
  if (call.opset() < 13) return call.integers("axes");
  return call.has_input(1) ? call.integer_list(1, "axes") : std::vector<std::int64_t>{};
}

std::vector<bool> marked_axes(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<bool> marked(rank, false);
  for (const std::int64_t axis : axes) marked[checked_axis(axis, rank)] = true;
  return marked;
}

void import_squeeze(OperatorCall& call) {
  const std::vector<std::int64_t> axes = read_axes(call);
  const Dims& dims = input_dims(call);
  const std::vector<bool> marked = marked_axes(axes, dims.size());
  Dims kept;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool drop = axes.empty() ? dims[i] == 1 : marked[i];
    if (drop && dims[i] != 1) throw Unsupported(fmt::format("cannot squeeze dimension {} of {}", i, dims_text(dims)));
    if (!drop) kept.push_back(dims[i]);
  }
  import_view(call, kept);
}

void import_unsqueeze(OperatorCall& call) {
  const std::vector<std::int64_t> axes = read_axes(call);
  const Dims& dims = input_dims(call);
  const std::vector<bool> marked = marked_axes(axes, dims.size() + axes.size());
  if (static_cast<std::size_t>(std::count(marked.begin(), marked.end(), true)) != axes.size()) {
    throw Unsupported(fmt::format("axes {} name one dimension twice", dims_text(axes)));
  }
  Dims wider;
  auto next = dims.begin();
  for (const bool is_new : marked) wider.push_back(is_new ? 1 : *next++);
  import_view(call, wider);
}

void import_identity(OperatorCall& call) {
  import_view(call, input_dims(call));
}

void import_dropout(OperatorCall& call) {
  if (call.has_input(2)) throw Unsupported("training_mode is not supported");
  import_identity(call);
}

void import_softmax(OperatorCall& call) {
  const std::int64_t axis = call.integer("axis", call.opset() < 13 ? 1 : -1);
  OnnxValue result = call.tensor(0, {.softmax = true});
  if (checked_axis(axis, result.dims.size()) != 1) {
    throw Unsupported(fmt::format("axis {} of {} is not the channels", axis, dims_text(result.dims)));
  }
  result.softmax = call.label();
  call.set_output(std::move(result));
}

const OnnxOperator kFlatten{"Flatten", import_flatten};
const OnnxOperator kReshape{"Reshape", import_reshape};
const OnnxOperator kSqueeze{"Squeeze", import_squeeze};
const OnnxOperator kUnsqueeze{"Unsqueeze", import_unsqueeze};
const OnnxOperator kIdentity{"Identity", import_identity};
const OnnxOperator kDropout{"Dropout", import_dropout};
const OnnxOperator kSoftmax{"Softmax", import_softmax};
const OnnxOperator kLogSoftmax{"LogSoftmax", import_softmax};

}  // namespace

}  // namespace ohmic::workloads
