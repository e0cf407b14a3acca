// SPDX-License-Identifier: Apache-2.0
// Where every conversion gives exactly what it is given, converting and adding up is linear: Σ over cells of weight ·
// digit · level = Σ over rows of (Σ over steps) · (Σ over slices and polarities), one integer product of the whole
// batch with one matrix.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "values/byte_product.hpp"
#include "values/kernels.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

constexpr std::int64_t kNarrow = 32767;
constexpr std::int64_t kSumLimit = 2147483647;
/// Vectors that are multiplied together, so that operands and sums stay in the cache; oneDNN's packing of the matrix
/// has to pay off too.
constexpr int kBlock = 32;
constexpr int kByteBlock = 512;
/// Fewer than these are not worth oneDNN's packing of the matrix.
constexpr int kFewVectors = 64;

/// What a row's drive value becomes, Σ over steps of weight · digit: factor · (x − offset) − constant.
struct Drive {
  std::int64_t factor = 1;
  std::int64_t constant = 0;
  std::int64_t low = 0;  // over all inputs
  std::int64_t high = 0;
};

Drive drive_of(const mapping::InputPlan& plan) {
  const auto sum = [&](int v) {
    std::int64_t total = 0;
    for (int t = 0; t < static_cast<int>(plan.steps.size()); ++t) {
      total += plan.steps[static_cast<std::size_t>(t)].weight * plan.digit(v, t);
    }
    return total;
  };
  const std::int64_t low = sum(plan.v_min);
  const std::int64_t high = sum(plan.v_max);
  const std::int64_t factor = plan.v_max > plan.v_min ? (high - low) / (plan.v_max - plan.v_min) : 1;
  return {factor, factor * plan.v_min - low, std::min(low, high), std::max(low, high)};
}

/// Σ over slices and polarities of what a cell's row and column conduct, [row][column].
std::vector<std::int32_t> weights_of(const mapping::WeightPlan& plan) {
  std::vector<std::int32_t> sums(static_cast<std::size_t>(plan.rows) * static_cast<std::size_t>(plan.columns), 0);
  for (int p = 0; p < plan.planes; ++p) {
    for (int s = 0; s < static_cast<int>(plan.slices.size()); ++s) {
      const std::int64_t weight = plan.slices[static_cast<std::size_t>(s)].weight * (p == 1 ? -1 : 1);
      const std::uint8_t* code = plan.codes.data() + plan.index(p, s, 0, 0);
      for (std::int32_t& sum : sums) sum += static_cast<std::int32_t>(weight * plan.level(*code++));
    }
  }
  return sums;
}

class CollapsedPath : public LayerPath {
 public:
  CollapsedPath(LayerArray layer, Dispatch dispatch);
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  struct Workspace {
    std::vector<std::int16_t> words;  // [vector][row pair][2]
    std::vector<std::uint8_t> bytes;  // [vector][row]
    std::vector<std::int32_t> sums;   // [vector][lane]
  };

  void lay_narrow(const std::vector<std::int32_t>& weights);
  void lay_bytes(const std::vector<std::int32_t>& weights, Dispatch dispatch);
  void multiply_block(const std::int32_t* x, int vectors, std::int64_t* acc, Workspace& w) const;
  void multiply_wide(const std::int32_t* x, std::int64_t* acc) const;

  LayerArray layer_;
  const Kernels& kernels_;
  Drive drive_;
  std::vector<std::int32_t> wide_;    // [row][column], where neither fits
  int pairs_ = 0;                     // of rows
  int lanes_ = 0;                     // columns, padded
  std::vector<std::int16_t> narrow_;  // as Kernels::product reads them
  std::optional<ByteProduct> bytes_;  // of x − drive_.low and w − byte_middle_
  std::int64_t byte_middle_ = 0;
  bool corrects_;                            // results
  std::vector<std::int64_t> constant_;       // per column, added to the sum of products; 0 where results are corrected
  std::vector<std::int64_t> byte_constant_;  // the same for sums of bytes
};

CollapsedPath::CollapsedPath(LayerArray layer, Dispatch dispatch)
    : layer_(std::move(layer)),
      kernels_(kernels(dispatch)),
      drive_(drive_of(layer_.encoded.inputs)),
      corrects_(layer_.corrections.drift_gain != kUnityGain || !layer_.corrections.channels.empty()) {
  std::vector<std::int32_t> weights = weights_of(layer_.encoded.weights);
  constant_ = layer_.encoded.reconstruction.constant;
  if (corrects_) std::fill(constant_.begin(), constant_.end(), 0);
  std::int64_t w = 1;
  for (const std::int32_t weight : weights) w = std::max<std::int64_t>(w, std::abs(weight));
  const auto x = std::max<std::int64_t>({1, std::abs(drive_.low), std::abs(drive_.high)});
  if (x > kNarrow || w > kNarrow || x * w > kSumLimit / layer_.rows()) {
    wide_ = std::move(weights);
    return;
  }
  lay_narrow(weights);
  lay_bytes(weights, dispatch);
}

/// Blocks of kLanes columns, in them pairs of rows.
void CollapsedPath::lay_narrow(const std::vector<std::int32_t>& weights) {
  const int columns = layer_.columns();
  pairs_ = (layer_.rows() + 1) / 2;
  lanes_ = (columns + kLanes - 1) / kLanes * kLanes;
  narrow_.assign(static_cast<std::size_t>(pairs_) * static_cast<std::size_t>(lanes_) * 2, 0);
  for (int row = 0; row < layer_.rows(); ++row) {
    for (int column = 0; column < columns; ++column) {
      const std::ptrdiff_t block = std::ptrdiff_t{column / kLanes} * pairs_ + row / 2;
      narrow_[static_cast<std::size_t>((block * kLanes + column % kLanes) * 2 + row % 2)] =
          static_cast<std::int16_t>(weights[static_cast<std::size_t>(row * columns + column)]);
    }
  }
}

/// Σ w·x = Σ (w − middle)·(x − low) + low · Σ w + middle · (Σ x − rows · low).
void CollapsedPath::lay_bytes(const std::vector<std::int32_t>& weights, Dispatch dispatch) {
  const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  if (*high - *low > 255 || drive_.high - drive_.low > 255) return;
  byte_middle_ = *low >= -128 && *high <= 127 ? 0 : *low + 128;
  const std::int64_t largest = std::max(std::abs(*low - byte_middle_), std::abs(*high - byte_middle_));
  if (!ByteProduct::is_exact(dispatch, drive_.high - drive_.low, largest)) return;
  const auto columns = static_cast<std::size_t>(layer_.columns());
  std::vector<std::int8_t> bytes;
  byte_constant_ = constant_;
  for (std::int64_t& constant : byte_constant_) constant -= byte_middle_ * drive_.low * layer_.rows();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    bytes.push_back(static_cast<std::int8_t>(weights[i] - byte_middle_));
    byte_constant_[i % columns] += drive_.low * weights[i];
  }
  bytes_.emplace(std::move(bytes), layer_.rows(), layer_.columns());
}

LayerStatistics CollapsedPath::multiply(const workloads::MatrixCall& call) const {
  const int vectors = call.images * call.pixels;
  const int block = bytes_.has_value() ? kByteBlock : kBlock;
  Workspace w;
  for (int begin = 0; begin < vectors; begin += block) {
    const std::int32_t* x = call.x + std::ptrdiff_t{begin} * call.rows;
    std::int64_t* acc = call.acc + std::ptrdiff_t{begin} * call.columns;
    const int count = std::min(block, vectors - begin);
    if (wide_.empty()) {
      multiply_block(x, count, acc, w);
    } else {
      for (int v = 0; v < count; ++v) multiply_wide(x + std::ptrdiff_t{v} * call.rows, acc + v * call.columns);
    }
  }
  return {layer_.count_conversions(vectors), 0};
}

void CollapsedPath::multiply_block(const std::int32_t* x, int vectors, std::int64_t* acc, Workspace& w) const {
  const int rows = layer_.rows();
  const int columns = layer_.columns();
  const mapping::Reconstruction& back = layer_.encoded.reconstruction;
  const std::int64_t zero = drive_.factor * layer_.encoded.inputs.offset + drive_.constant;
  const bool as_bytes = bytes_.has_value() && vectors >= kFewVectors;
  const int lanes = as_bytes ? columns : lanes_;
  w.sums.resize(static_cast<std::size_t>(vectors) * static_cast<std::size_t>(lanes));
  if (as_bytes) {
    w.bytes.resize(static_cast<std::size_t>(vectors) * static_cast<std::size_t>(rows));
    kernels_.to_bytes(x, static_cast<std::int64_t>(w.bytes.size()), static_cast<std::int32_t>(drive_.factor),
                      static_cast<std::int32_t>(zero + drive_.low), w.bytes.data());
    bytes_->multiply(w.bytes.data(), vectors, w.sums.data());
  } else {
    w.words.resize(static_cast<std::size_t>(vectors) * static_cast<std::size_t>(pairs_) * 2);
    for (int v = 0; v < vectors; ++v) {
      std::int16_t* words = w.words.data() + std::ptrdiff_t{2} * v * pairs_;
      words[2 * pairs_ - 1] = 0;  // the empty half of the last pair
      kernels_.to_words(x + std::ptrdiff_t{v} * rows, rows, static_cast<std::int32_t>(drive_.factor),
                        static_cast<std::int32_t>(zero), words);
    }
    kernels_.product(w.words.data(), vectors, pairs_, narrow_.data(), lanes, w.sums.data());
  }
  const std::vector<std::int64_t>& constant = as_bytes ? byte_constant_ : constant_;
  const bool needs_sum = back.input_sum != 0 || (as_bytes && byte_middle_ != 0);
  for (int v = 0; v < vectors; ++v, x += rows, acc += columns) {
    const std::int64_t total = needs_sum ? kernels_.sum(x, rows) : 0;
    const std::int64_t drive_sum = total - std::int64_t{rows} * layer_.encoded.inputs.offset;
    std::int64_t common = as_bytes ? byte_middle_ * (drive_.factor * total - std::int64_t{rows} * zero) : 0;
    if (!corrects_) common += back.input_sum * drive_sum;
    kernels_.finish(w.sums.data() + std::ptrdiff_t{v} * lanes, constant.data(), common, corrects_ ? 0 : back.shift,
                    columns, acc);
    for (int c = 0; c < columns && corrects_; ++c) acc[c] = layer_.result(acc[c] * kLevel, drive_sum, c);
  }
}

void CollapsedPath::multiply_wide(const std::int32_t* x, std::int64_t* acc) const {
  const int columns = layer_.columns();
  const std::int32_t* weight = wide_.data();
  std::vector<std::int64_t> raw(static_cast<std::size_t>(columns), 0);
  std::int64_t drive_sum = 0;
  for (int row = 0; row < layer_.rows(); ++row) {
    const std::int64_t v = x[row] - layer_.encoded.inputs.offset;
    drive_sum += v;
    for (std::int64_t& sum : raw) sum += (drive_.factor * v - drive_.constant) * *weight++;
  }
  for (int c = 0; c < columns; ++c) {
    acc[c] = layer_.result(raw[static_cast<std::size_t>(c)] * kLevel, drive_sum, c);
  }
}

}  // namespace

bool can_collapse(const LayerArray& layer) {
  if (!layer.ideal_cells || layer.noise.enabled || !vectors_know(layer)) return false;
  if (!layer.rounds) return true;
  return std::all_of(layer.ranges.begin(), layer.ranges.end(), [&](const ConverterRange& range) {
    return range.step == kLevel && range.low % kLevel == 0 && range.low <= layer.reachable.low * kLevel &&
           layer.reachable.high * kLevel <= range.low + layer.max_code * kLevel;
  });
}

std::unique_ptr<LayerPath> make_collapsed(LayerArray layer, Dispatch dispatch) {
  return std::make_unique<CollapsedPath>(std::move(layer), dispatch);
}

}  // namespace ohmic::values
