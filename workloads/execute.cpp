// SPDX-License-Identifier: Apache-2.0
#include "workloads/execute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/parallel.hpp"
#include "workloads/leaky.hpp"
#include "workloads/requantize.hpp"
#include "workloads/window.hpp"

namespace ohmic::workloads {

namespace {

using Integers = std::vector<std::int32_t>;
using Reals = std::vector<float>;

/// Runs the nodes of one graph for one block of images.
class BlockRun {
 public:
  BlockRun(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data, const Normalize& normalize,
           int first, int count)
      : graph_(graph), backend_(backend), data_(data), normalize_(normalize), first_(first), count_(count) {}

  std::vector<NodeValue> run(bool keep_all);

 private:
  [[nodiscard]] const QuantizedNode& node(int index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const QuantizedNode& source(const QuantizedNode& n, std::size_t i = 0) const {
    return node(n.inputs[i]);
  }
  [[nodiscard]] const NodeValue& value(const QuantizedNode& n, std::size_t i = 0) const {
    return values_[static_cast<std::size_t>(n.inputs[i])];
  }
  [[nodiscard]] std::size_t size_of(const QuantizedNode& n) const {
    return static_cast<std::size_t>(n.shape.values()) * static_cast<std::size_t>(count_);
  }

  NodeValue compute(int index);
  [[nodiscard]] NodeValue read_input() const;
  [[nodiscard]] NodeValue run_float(const QuantizedNode& n, const FloatOperation& operation) const;
  [[nodiscard]] Integers run_conv(int index, const QuantizedConv& conv);
  void gather(const QuantizedNode& n, const QuantizedConv& conv, Integers& windows) const;
  void add_bias(const QuantizedNode& n, const QuantizedConv& conv, std::size_t first);
  [[nodiscard]] std::int64_t accumulate(const QuantizedNode& n, std::int64_t sum, std::size_t position) const;
  [[nodiscard]] Integers run_max_pool(const QuantizedNode& n, const QuantizedPool& pool) const;
  [[nodiscard]] Integers run_average_pool(const QuantizedNode& n, const QuantizedPool& pool) const;
  [[nodiscard]] Integers run_add(const QuantizedNode& n, const QuantizedAdd& add) const;
  [[nodiscard]] Integers run_leaky_relu(const QuantizedNode& n, const Leaky& leaky) const;
  [[nodiscard]] static std::int32_t least_of(const QuantizedNode& n, Activation activation);
  /// quotient(position in the block, channel) of every output, then the activation, zero point and saturation.
  template <class Quotient>
  [[nodiscard]] Integers run_activated(const QuantizedNode& n, Activation activation, const Leaky& leaky,
                                       const Quotient& quotient) const;

  const QuantizedGraph& graph_;
  const MatrixBackend& backend_;
  const Dataset& data_;
  const Normalize& normalize_;
  int first_;
  int count_;
  std::vector<NodeValue> values_;
  Integers windows_;                // of the last convolution
  std::vector<std::int64_t> sums_;  // likewise
};

std::vector<NodeValue> BlockRun::run(bool keep_all) {
  const int nodes = static_cast<int>(graph_.nodes.size());
  std::vector<int> last_use(graph_.nodes.size(), -1);
  for (int n = 0; n < nodes; ++n) {
    for (const int input : node(n).inputs) last_use[static_cast<std::size_t>(input)] = n;
  }
  last_use[static_cast<std::size_t>(graph_.output)] = nodes;
  values_.resize(graph_.nodes.size());
  for (int n = 0; n < nodes; ++n) {
    values_[static_cast<std::size_t>(n)] = compute(n);
    for (int done = 0; done <= n && !keep_all; ++done) {
      if (last_use[static_cast<std::size_t>(done)] <= n) values_[static_cast<std::size_t>(done)] = {};
    }
  }
  return std::move(values_);
}

NodeValue BlockRun::compute(int index) {
  const QuantizedNode& n = node(index);
  NodeValue result;
  if (std::holds_alternative<QuantizedInput>(n.operation)) return read_input();
  if (const auto* operation = std::get_if<FloatOperation>(&n.operation)) return run_float(n, *operation);
  if (const auto* conv = std::get_if<QuantizedConv>(&n.operation)) {
    result.integers = run_conv(index, *conv);
  } else if (const auto* pool = std::get_if<QuantizedPool>(&n.operation)) {
    result.integers = pool->kind == PoolKind::max ? run_max_pool(n, *pool) : run_average_pool(n, *pool);
  } else if (const auto* add = std::get_if<QuantizedAdd>(&n.operation)) {
    result.integers = run_add(n, *add);
  } else if (std::holds_alternative<QuantizedRelu>(n.operation)) {
    result.integers = value(n).integers;
    for (std::int32_t& v : result.integers) v = std::max(v, n.params.zero_point);
  } else if (const auto* leaky = std::get_if<QuantizedLeakyRelu>(&n.operation)) {
    result.integers = run_leaky_relu(n, leaky->leaky);
  } else if (std::holds_alternative<Quantize>(n.operation)) {
    result.integers.reserve(size_of(n));
    for (const float v : value(n).reals) result.integers.push_back(quantize_value(v, n.params));
  } else {
    for (const std::int32_t v : value(n).integers) result.reals.push_back(dequantize_value(v, source(n).params));
  }
  return result;
}

NodeValue BlockRun::read_input() const {
  NodeValue result;
  for (int i = 0; i < count_; ++i) {
    const FloatTensor image = normalize_image(data_, first_ + i, normalize_);
    result.reals.insert(result.reals.end(), image.begin(), image.end());
  }
  return result;
}

NodeValue BlockRun::run_float(const QuantizedNode& n, const FloatOperation& operation) const {
  const FloatKernel kernel(operation.operation, source(n).shape, n.shape);
  NodeValue result;
  for (int i = 0; i < count_; ++i) {
    std::vector<FloatTensor> inputs;
    for (std::size_t k = 0; k < n.inputs.size(); ++k) {
      const auto size = static_cast<std::ptrdiff_t>(source(n, k).shape.values());
      const auto begin = value(n, k).reals.begin() + i * size;
      inputs.emplace_back(begin, begin + size);
    }
    std::vector<const FloatTensor*> pointers;
    for (const FloatTensor& input : inputs) pointers.push_back(&input);
    const FloatTensor output = kernel.run(pointers);
    result.reals.insert(result.reals.end(), output.begin(), output.end());
  }
  return result;
}

/// The windows of all output pixels, one after the other, as MatrixCall wants them.
void BlockRun::gather(const QuantizedNode& n, const QuantizedConv& conv, Integers& windows) const {
  const QuantizedNode& from = source(n);
  const std::ptrdiff_t channels = from.shape.channels;
  const auto image_size = static_cast<std::size_t>(from.shape.values());
  windows.resize(static_cast<std::size_t>(count_) * static_cast<std::size_t>(n.shape.pixels()) *
                 static_cast<std::size_t>(conv.rows));
  std::int32_t* to = windows.data();
  for (int i = 0; i < count_; ++i) {
    const std::int32_t* image = value(n).integers.data() + static_cast<std::size_t>(i) * image_size;
    for (int y = 0; y < n.shape.height; ++y) {
      for (int x = 0; x < n.shape.width; ++x, to += conv.rows) {
        std::int32_t* end = to;  // of what is set
        for_each_span(conv.window, from.shape, y, x, [&](int tap, int pixel, int taps) {
          std::int32_t* span = to + tap * channels;
          std::fill(end, span, from.params.zero_point);
          end = std::copy_n(image + pixel * channels, taps * channels, span);
        });
        std::fill(end, to + conv.rows, from.params.zero_point);
      }
    }
  }
}

/// True when the windows lie in the input one after the other already: 1×1 kernels and fully connected layers.
bool is_contiguous(const Window& w, const Shape& input) {
  const bool unpadded = w.pad_top == 0 && w.pad_left == 0 && w.pad_bottom == 0 && w.pad_right == 0;
  const bool pointwise = w.kernel_h == 1 && w.kernel_w == 1 && w.stride_h == 1 && w.stride_w == 1;
  const bool whole = w.kernel_h == input.height && w.kernel_w == input.width;
  return unpadded && (pointwise || whole);
}

/// Bias + sum in the width that the graph gives its accumulators. `position` is that of the output value.
std::int64_t BlockRun::accumulate(const QuantizedNode& n, std::int64_t sum, std::size_t position) const {
  const int bits = graph_.accumulator.bits;
  const std::int64_t high = (std::int64_t{1} << (bits - 1)) - 1;
  const std::int64_t low = -high - 1;
  if (sum >= low && sum <= high) return sum;
  switch (graph_.accumulator.overflow) {
    case Overflow::saturate:
      return std::clamp(sum, low, high);
    case Overflow::wrap: {
      const int unused = 64 - bits;
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) << unused) >> unused;
    }
    case Overflow::error:
      break;
  }
  const auto channels = static_cast<std::size_t>(n.shape.channels);
  const std::size_t image = position / static_cast<std::size_t>(n.shape.values());
  throw InputError(Location{}, "quantization.accumulator.bits",
                   fmt::format("{} in output channel {} of node '{}' (image {}) does not fit {} bits; widen the "
                               "accumulator or set quantization.accumulator.overflow to wrap or saturate",
                               sum, position % channels, n.name, static_cast<std::size_t>(first_) + image, bits));
}

Integers BlockRun::run_conv(int index, const QuantizedConv& conv) {
  const QuantizedNode& n = node(index);
  const bool contiguous = is_contiguous(conv.window, source(n).shape);
  if (!contiguous) gather(n, conv, windows_);
  const std::int32_t* x = contiguous ? value(n).integers.data() : windows_.data();
  sums_.resize(size_of(n));
  backend_.multiply({index, first_, count_, n.shape.pixels(), conv.rows, conv.out_channels, x, sums_.data()});
  for (std::size_t first = 0; first < sums_.size(); first += conv.bias.size()) add_bias(n, conv, first);
  if (conv.activation == Activation::leaky_relu) {
    return run_activated(n, conv.activation, conv.leaky, [&](std::size_t position, int channel) {
      return conv.requant.apply(sums_[position], channel);
    });
  }
  Integers result(sums_.size());
  for (std::size_t first = 0; first < sums_.size(); first += conv.bias.size()) {
    requantize_row(conv.requant, n.params, least_of(n, conv.activation), sums_.data() + first, conv.out_channels,
                   result.data() + first);
  }
  return result;
}

/// Bias + sum, in the width of accumulators, for the channels of the pixel that begins at `first`.
void BlockRun::add_bias(const QuantizedNode& n, const QuantizedConv& conv, std::size_t first) {
  const std::int64_t high = (std::int64_t{1} << (graph_.accumulator.bits - 1)) - 1;
  std::int64_t* sums = sums_.data() + first;
  bool fit = true;
  for (std::size_t c = 0; c < conv.bias.size(); ++c) {
    sums[c] += conv.bias[c];
    fit = fit && sums[c] <= high && sums[c] >= -high - 1;
  }
  if (fit) return;
  for (std::size_t c = 0; c < conv.bias.size(); ++c) sums[c] = accumulate(n, sums[c], first + c);
}

/// The least output that an activation leaves.
std::int32_t BlockRun::least_of(const QuantizedNode& n, Activation activation) {
  return activation == Activation::relu ? n.params.zero_point : n.params.q_min();
}

template <class Quotient>
Integers BlockRun::run_activated(const QuantizedNode& n, Activation activation, const Leaky& leaky,
                                 const Quotient& quotient) const {
  const LeakyUnit unit(leaky, n.shape.channels);
  const bool is_leaky = activation == Activation::leaky_relu;
  const std::int32_t low = least_of(n, activation);
  Integers result(size_of(n));
  std::int64_t pixel = std::int64_t{first_} * n.shape.pixels();
  for (std::size_t position = 0; position < result.size(); ++pixel) {
    for (int c = 0; c < n.shape.channels; ++c, ++position) {
      const std::int64_t q = quotient(position, c);
      result[position] = std::max(to_output(is_leaky ? unit.apply(q, pixel, c) : q, n.params), low);
    }
  }
  return result;
}

/// Calls visit(input image, output pixel, y, x) for every pixel of every image.
template <class Visit>
void for_each_pixel(const NodeValue& input, const Shape& from, const Shape& to, int images, const Visit& visit) {
  const std::int32_t* image = input.integers.data();
  std::size_t pixel = 0;
  for (int i = 0; i < images; ++i, image += from.values()) {
    for (int y = 0; y < to.height; ++y) {
      for (int x = 0; x < to.width; ++x) visit(image, pixel++, y, x);
    }
  }
}

Integers BlockRun::run_max_pool(const QuantizedNode& n, const QuantizedPool& pool) const {
  const Shape& from = source(n).shape;
  const int channels = from.channels;
  Integers result(size_of(n), n.params.zero_point);
  for_each_pixel(value(n), from, n.shape, count_, [&](const std::int32_t* image, std::size_t pixel, int y, int x) {
    std::int32_t* out = result.data() + pixel * static_cast<std::size_t>(n.shape.channels) + pool.zeros_before;
    std::fill_n(out, channels, n.params.q_min());
    for_each_tap(pool.window, from, y, x, [&](int, int, int tap) {
      const std::int32_t* in = image + std::ptrdiff_t{tap} * channels;
      for (int c = 0; c < channels; ++c) out[c] = std::max(out[c], in[c]);
    });
  });
  return result;
}

Integers BlockRun::run_average_pool(const QuantizedNode& n, const QuantizedPool& pool) const {
  const Shape& from = source(n).shape;
  const int zero_point = pool.raw ? 0 : source(n).params.zero_point;
  QuantParams to = n.params;
  if (pool.raw) to.zero_point = 0;
  const auto channels = static_cast<std::size_t>(from.channels);
  const int full = pool.window.kernel_h * pool.window.kernel_w;
  Integers result(size_of(n), n.params.zero_point);
  std::vector<std::int64_t> sums(channels);
  for_each_pixel(value(n), from, n.shape, count_, [&](const std::int32_t* image, std::size_t pixel, int y, int x) {
    std::fill(sums.begin(), sums.end(), 0);
    int taps = 0;
    for_each_tap(pool.window, from, y, x, [&](int, int, int tap) {
      ++taps;
      const std::int32_t* in = image + static_cast<std::size_t>(tap) * channels;
      for (std::size_t c = 0; c < channels; ++c) sums[c] += in[c] - zero_point;
    });
    const int divisor = pool.count_include_pad ? full : std::max(taps, 1);
    std::int32_t* out = result.data() + pixel * static_cast<std::size_t>(n.shape.channels) + pool.zeros_before;
    for (std::size_t c = 0; c < channels; ++c) out[c] = to_output(pool.requant.apply(sums[c], divisor - 1), to);
  });
  return result;
}

Integers BlockRun::run_add(const QuantizedNode& n, const QuantizedAdd& add) const {
  const Integers& a = value(n, 0).integers;
  const Integers& b = value(n, 1).integers;
  const int zero_a = source(n, 0).params.zero_point;
  const int zero_b = source(n, 1).params.zero_point;
  if (add.activation != Activation::leaky_relu) {
    Integers result(size_of(n));
    add_rows(add.requant, n.params, least_of(n, add.activation), a.data(), zero_a, b.data(), zero_b, result.size(),
             result.data());
    return result;
  }
  return run_activated(n, add.activation, add.leaky, [&](std::size_t i, int /*channel*/) {
    return apply_add(add.requant, a[i] - zero_a, b[i] - zero_b);
  });
}

Integers BlockRun::run_leaky_relu(const QuantizedNode& n, const Leaky& leaky) const {
  const Integers& x = value(n).integers;
  return run_activated(n, Activation::leaky_relu, leaky,
                       [&](std::size_t i, int /*channel*/) { return std::int64_t{x[i]} - n.params.zero_point; });
}

}  // namespace

std::vector<NodeValue> execute(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                               const Normalize& normalize, int first, int count, bool keep_all) {
  return BlockRun(graph, backend, data, normalize, first, count).run(keep_all);
}

int block_size(const QuantizedGraph& graph) {
  constexpr std::int64_t kValues = std::int64_t{1} << 20;
  constexpr int kMost = 32;
  std::int64_t largest = 1;
  for (const QuantizedNode& n : graph.nodes) {
    largest = std::max(largest, n.shape.values());
    const auto* conv = std::get_if<QuantizedConv>(&n.operation);
    if (conv != nullptr) largest = std::max(largest, std::int64_t{n.shape.pixels()} * conv->rows);
  }
  return static_cast<int>(std::clamp<std::int64_t>(kValues / largest, 1, kMost));
}

void execute_all(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                 const Normalize& normalize, int threads) {
  const int size = block_size(graph);
  const int images = data.count();
  parallel_for(static_cast<std::size_t>((images + size - 1) / size), threads, [&](std::size_t block) {
    const int first = static_cast<int>(block) * size;
    (void)execute(graph, backend, data, normalize, first, std::min(size, images - first), false);
  });
}

}  // namespace ohmic::workloads
