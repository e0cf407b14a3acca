// SPDX-License-Identifier: Apache-2.0
// Products of unsigned by signed bytes, by oneDNN.
#pragma once

#include <cstdint>
#include <vector>

#include "values/array_backend.hpp"

namespace ohmic::values {

/// out[v][c] = Σ_r x[v][r] · w[r][c], exact, for a whole batch of vectors on the calling thread.
class ByteProduct {
 public:
  /// `weights` are [row][column].
  ByteProduct(std::vector<std::int8_t> weights, int rows, int columns);

  /// True where oneDNN is exact and fast: on machines that multiply bytes into 32-bit sums, or with operands so small
  /// that the sums of two products, which older machines keep in 16 bits, fit those. Only at the machine's best
  /// dispatch level, since oneDNN chooses its instructions itself.
  [[nodiscard]] static bool is_exact(Dispatch dispatch, std::int64_t max_x, std::int64_t max_weight);

  void multiply(const std::uint8_t* x, int vectors, std::int32_t* out) const;

 private:
  std::vector<std::int8_t> weights_;
  int rows_;
  int columns_;
};

}  // namespace ohmic::values
