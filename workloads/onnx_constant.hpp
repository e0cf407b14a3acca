// SPDX-License-Identifier: Apache-2.0
// Constants of an ONNX model: initializers and what is folded from them.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ohmic::workloads {

/// What Ohmic cannot run, in words for the user; who catches it adds the node.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Dims = std::vector<std::int64_t>;

/// "[1,16,4,4]"
[[nodiscard]] std::string dims_text(const Dims& dims);

/// Product of sizes; Unsupported when one is negative or the product is above 2^31.
[[nodiscard]] std::int64_t checked_count(const Dims& dims);

/// What real numbers were before a DequantizeLinear: number = scale · integer.
struct QuantizedForm {
  int bits = 8;
  std::vector<std::int64_t> integers;  // the zero point taken off
  std::vector<float> scale;            // one, or one per index of dimension `axis`
  std::size_t axis = 0;
};

/// Dense tensor, last dimension fastest: floats (ONNX FLOAT, DOUBLE) or integers (signed and unsigned, 8 to 64 bits).
struct Constant {
  Dims dims;
  bool is_integer = false;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  int bits = 64;                                   // of the file's integers
  bool is_signed = true;                           // likewise
  std::shared_ptr<const QuantizedForm> quantized;  // of real numbers that came from integers

  [[nodiscard]] std::size_t count() const { return is_integer ? integers.size() : reals.size(); }
};

struct IntegerType {
  int bits = 64;
  bool is_signed = true;
};
/// Nothing for types that are no integers of 8 or 16 bits, of which scales and zero points are known.
[[nodiscard]] std::optional<IntegerType> narrow_integer(int onnx_type);

/// Unsupported for other types, external data, and sizes that do not agree with the data.
[[nodiscard]] Constant read_constant(const onnx::TensorProto& tensor);

[[nodiscard]] Constant integer_constant(Dims dims, std::vector<std::int64_t> values);
[[nodiscard]] Constant real_constant(Dims dims, std::vector<float> values);

/// Constant of the same kind with elements order[0], order[1], … of `source`.
[[nodiscard]] Constant pick(const Constant& source, Dims dims, const std::vector<std::size_t>& order);

}  // namespace ohmic::workloads
