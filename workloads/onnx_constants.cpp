// SPDX-License-Identifier: Apache-2.0
// Operators that work on constants only: Constant, Shape (of the image's tensors, whose sizes are known), Gather,
// Concat, Cast, Transpose. They are what exporters write to compute the target of a Reshape.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

namespace {

constexpr std::size_t kMaxListLength = 1U << 16;

std::int64_t count_of(const std::vector<std::int64_t>& values) {
  return static_cast<std::int64_t>(values.size());
}

void import_constant(OperatorCall& call) {
  if (const onnx::AttributeProto* value = call.find_attribute("value"))
    return call.set_constant(read_constant(value->t()));
  if (call.has_attribute("value_float")) return call.set_constant(real_constant({}, {call.real("value_float", 0)}));
  if (call.has_attribute("value_int")) return call.set_constant(integer_constant({}, {call.integer("value_int", 0)}));
  if (call.has_attribute("value_ints")) {
    const std::vector<std::int64_t> values = call.integers("value_ints");
    return call.set_constant(integer_constant({count_of(values)}, values));
  }
  if (const onnx::AttributeProto* floats = call.find_attribute("value_floats")) {
    return call.set_constant(
        real_constant({std::int64_t{floats->floats_size()}}, {floats->floats().begin(), floats->floats().end()}));
  }
  throw Unsupported("has no tensor or number as its value");
}

void import_shape(OperatorCall& call) {
  if (call.has_attribute("start") || call.has_attribute("end"))
    throw Unsupported("'start' and 'end' are not supported");
  const Dims dims = call.is_constant(0) ? call.constant(0, "data").dims : call.tensor(0).dims;
  call.set_constant(integer_constant({count_of(dims)}, dims));
}

void require_list(const Constant& constant, std::int64_t axis) {
  if (constant.dims.size() == 1 && (axis == 0 || axis == -1)) return;
  throw Unsupported(fmt::format("is only supported on lists, not along axis {} of {}", axis, dims_text(constant.dims)));
}

void import_gather(OperatorCall& call) {
  const Constant& data = call.constant(0, "data");
  require_list(data, call.integer("axis", 0));
  const Constant& indices = call.constant(1, "indices");
  std::vector<std::size_t> order;
  for (std::int64_t index : call.integer_list(1, "indices")) {
    const std::int64_t size = data.dims[0];
    if (index < -size || index >= size)
      throw Unsupported(fmt::format("index {} is not in {}", index, dims_text(data.dims)));
    order.push_back(static_cast<std::size_t>(index < 0 ? index + size : index));
  }
  call.set_constant(pick(data, indices.dims, order));
}

void import_concat(OperatorCall& call) {
  Constant result = call.constant(0, "part");
  const std::int64_t axis = call.integer("axis", 0);
  require_list(result, axis);
  for (int i = 1; i < call.num_inputs(); ++i) {
    const Constant& part = call.constant(i, "part");
    require_list(part, axis);
    if (part.is_integer != result.is_integer) throw Unsupported("its parts have different types");
    result.reals.insert(result.reals.end(), part.reals.begin(), part.reals.end());
    result.integers.insert(result.integers.end(), part.integers.begin(), part.integers.end());
    if (result.count() > kMaxListLength) throw Unsupported("makes a list that is too long");
  }
  result.dims = {static_cast<std::int64_t>(result.count())};
  call.set_constant(std::move(result));
}

Constant to_real(const Constant& from) {
  return from.is_integer ? real_constant(from.dims, {from.integers.begin(), from.integers.end()}) : from;
}

Constant to_integer(const Constant& from) {
  if (from.is_integer) return from;
  std::vector<std::int64_t> values;
  for (float value : from.reals) {
    if (!(std::fabs(value) < 9.0e18F)) throw Unsupported("casts a number that is too large");
    values.push_back(static_cast<std::int64_t>(value));
  }
  return integer_constant(from.dims, std::move(values));
}

void import_cast(OperatorCall& call) {
  const std::int64_t to = call.integer("to", 0);
  const bool real = to == onnx::TensorProto::FLOAT;
  const bool integer = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
  if (!real && !integer) throw Unsupported(fmt::format("casts to type {}, which is not supported", to));
  if (call.is_constant(0)) {
    const Constant& data = call.constant(0, "data");
    return call.set_constant(real ? to_real(data) : to_integer(data));
  }
  const OnnxValue& input = call.tensor(0, {.softmax = true});
  if (!real) throw Unsupported("casts the image's tensor to integers");
  call.set_output(input);
}

/// The order of elements of a transposed tensor: element i of the result is element order[i] of the source.
std::vector<std::size_t> transposed_order(const Dims& dims, const std::vector<std::size_t>& permutation, Dims& result) {
  const std::size_t rank = dims.size();
  std::vector<std::int64_t> strides(rank, 1);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  for (const std::size_t axis : permutation) result.push_back(dims[axis]);
  std::vector<std::size_t> order(static_cast<std::size_t>(checked_count(dims)));
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (std::size_t axis = rank; axis-- > 0;) {
      from += rest % result[axis] * strides[permutation[axis]];
      rest /= result[axis];
    }
    order[i] = static_cast<std::size_t>(from);
  }
  return order;
}

void import_transpose(OperatorCall& call) {
  const Constant& data = call.constant(0, "data");
  std::vector<std::int64_t> written = call.integers("perm");
  if (written.empty()) {
    written.resize(data.dims.size());
    std::iota(written.rbegin(), written.rend(), 0);
  }
  std::vector<std::size_t> permutation;
  for (const std::int64_t axis : written) permutation.push_back(checked_axis(axis, data.dims.size()));
  std::vector<std::size_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  const bool each_once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  if (permutation.size() != data.dims.size() || !each_once) {
    throw Unsupported(fmt::format("'perm' {} is no permutation of {}", dims_text(written), dims_text(data.dims)));
  }
  Dims dims;
  const std::vector<std::size_t> order = transposed_order(data.dims, permutation, dims);
  call.set_constant(pick(data, dims, order));
}

const OnnxOperator kConstant{"Constant", import_constant};
const OnnxOperator kShape{"Shape", import_shape};
const OnnxOperator kGather{"Gather", import_gather};
const OnnxOperator kConcat{"Concat", import_concat};
const OnnxOperator kCast{"Cast", import_cast};
const OnnxOperator kTranspose{"Transpose", import_transpose};

}  // namespace

}  // namespace ohmic::workloads
