// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx_constant.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <type_traits>

namespace ohmic::workloads {

namespace {

constexpr std::int64_t kMaxCount = std::int64_t{1} << 31;

std::string type_name(int type) {
  if (!onnx::TensorProto_DataType_IsValid(type)) return std::to_string(type);
  return onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type));
}

/// Values of an ONNX tensor, which lie little-endian in raw_data or one by one in the list of their type.
template <class Stored, class Repeated, class Result>
std::vector<Result> read_values(const onnx::TensorProto& tensor, const Repeated& list, std::int64_t count) {
  std::vector<Result> values;
  const bool raw = tensor.has_raw_data();
  const std::int64_t stored =
      raw ? static_cast<std::int64_t>(tensor.raw_data().size() / sizeof(Stored)) : std::int64_t{list.size()};
  if (stored != count || (raw && tensor.raw_data().size() % sizeof(Stored) != 0)) {
    throw Unsupported(fmt::format("holds {} values; its shape {} needs {}", stored,
                                  dims_text({tensor.dims().begin(), tensor.dims().end()}), count));
  }
  values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    Stored value{};
    if (raw) {
      std::memcpy(&value, tensor.raw_data().data() + i * static_cast<std::int64_t>(sizeof(Stored)), sizeof(Stored));
    } else {
      value = static_cast<Stored>(list[static_cast<int>(i)]);
    }
    values.push_back(static_cast<Result>(value));
  }
  return values;
}

template <class Stored, class Repeated>
void read_integers(const onnx::TensorProto& tensor, const Repeated& list, std::int64_t count, Constant& constant) {
  constexpr int kBitsPerByte = 8;
  constant.is_integer = true;
  constant.bits = kBitsPerByte * static_cast<int>(sizeof(Stored));
  constant.is_signed = std::is_signed_v<Stored>;
  constant.integers = read_values<Stored, Repeated, std::int64_t>(tensor, list, count);
}

}  // namespace

std::string dims_text(const Dims& dims) {
  return fmt::format("[{}]", fmt::join(dims, ","));
}

std::int64_t checked_count(const Dims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t size : dims) {
    if (size < 0) throw Unsupported(fmt::format("has a shape {} with a negative size", dims_text(dims)));
    if (size > kMaxCount || count * size > kMaxCount) {
      throw Unsupported(fmt::format("has a shape {} that is too large", dims_text(dims)));
    }
    count *= size;
  }
  return count;
}

std::optional<IntegerType> narrow_integer(int onnx_type) {
  switch (onnx_type) {
    case onnx::TensorProto::INT8:
      return IntegerType{8, true};
    case onnx::TensorProto::UINT8:
      return IntegerType{8, false};
    case onnx::TensorProto::INT16:
      return IntegerType{16, true};
    case onnx::TensorProto::UINT16:
      return IntegerType{16, false};
    default:
      return std::nullopt;
  }
}

Constant read_constant(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
    throw Unsupported("keeps its values in another file; save the model as one file");
  }
  Constant constant;
  constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
  const std::int64_t count = checked_count(constant.dims);
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      constant.reals = read_values<float, decltype(tensor.float_data()), float>(tensor, tensor.float_data(), count);
      break;
    case onnx::TensorProto::DOUBLE:
      constant.reals = read_values<double, decltype(tensor.double_data()), float>(tensor, tensor.double_data(), count);
      break;
    case onnx::TensorProto::INT64:
      read_integers<std::int64_t>(tensor, tensor.int64_data(), count, constant);
      break;
    case onnx::TensorProto::INT32:
      read_integers<std::int32_t>(tensor, tensor.int32_data(), count, constant);
      break;
    case onnx::TensorProto::INT16:
      read_integers<std::int16_t>(tensor, tensor.int32_data(), count, constant);
      break;
    case onnx::TensorProto::UINT16:
      read_integers<std::uint16_t>(tensor, tensor.int32_data(), count, constant);
      break;
    case onnx::TensorProto::INT8:
      read_integers<std::int8_t>(tensor, tensor.int32_data(), count, constant);
      break;
    case onnx::TensorProto::UINT8:
      read_integers<std::uint8_t>(tensor, tensor.int32_data(), count, constant);
      break;
    default:
      throw Unsupported(fmt::format("is of type {}, which is not supported", type_name(tensor.data_type())));
  }
  return constant;
}

Constant integer_constant(Dims dims, std::vector<std::int64_t> values) {
  Constant constant;
  constant.dims = std::move(dims);
  constant.is_integer = true;
  constant.integers = std::move(values);
  return constant;
}

Constant real_constant(Dims dims, std::vector<float> values) {
  Constant constant;
  constant.dims = std::move(dims);
  constant.reals = std::move(values);
  return constant;
}

Constant pick(const Constant& source, Dims dims, const std::vector<std::size_t>& order) {
  Constant result;
  result.dims = std::move(dims);
  result.is_integer = source.is_integer;
  result.bits = source.bits;
  result.is_signed = source.is_signed;
  for (const std::size_t from : order) {
    if (source.is_integer) {
      result.integers.push_back(source.integers[from]);
    } else {
      result.reals.push_back(source.reals[from]);
    }
  }
  return result;
}

}  // namespace ohmic::workloads
