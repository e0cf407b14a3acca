// SPDX-License-Identifier: Apache-2.0
#include "values/byte_product.hpp"

#include <dnnl.h>
#include <omp.h>

#include <stdexcept>
#include <utility>

namespace ohmic::values {

namespace {

bool has_byte_dot_products() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

}  // namespace

ByteProduct::ByteProduct(std::vector<std::int8_t> weights, int rows, int columns)
    : weights_(std::move(weights)), rows_(rows), columns_(columns) {}

bool ByteProduct::is_exact(Dispatch dispatch, std::int64_t max_x, std::int64_t max_weight) {
  if (dispatch == Dispatch::automatic) dispatch = available_dispatch().back();
  if (dispatch == Dispatch::portable || dispatch != available_dispatch().back()) return false;
  constexpr std::int64_t kNarrow = 32767;
  return has_byte_dot_products() || 2 * max_x * max_weight <= kNarrow;
}

void ByteProduct::multiply(const std::uint8_t* x, int vectors, std::int32_t* out) const {
  // The batch is one thread's share already. With one thread OpenMP starts none, so that the process may still fork.
  omp_set_num_threads(1);
  const std::int32_t no_offset = 0;
  const dnnl_status_t status = dnnl_gemm_u8s8s32('N', 'N', 'F', vectors, columns_, rows_, 1.0F, x, rows_, 0,
                                                 weights_.data(), columns_, 0, 0.0F, out, columns_, &no_offset);
  if (status != dnnl_success) throw std::runtime_error("oneDNN refused an integer product");
}

}  // namespace ohmic::values
