// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/core_pool.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

namespace {

const mapping::Stage& stage_of(const mapping::Hardware& hardware, int stage) {
  return hardware.program.stages[static_cast<std::size_t>(stage)];
}
const workloads::QuantizedPool& pool_of(const mapping::Hardware& hardware, int stage) {
  const int node = stage_of(hardware, stage).node;
  return std::get<workloads::QuantizedPool>(hardware.graph.nodes[static_cast<std::size_t>(node)].operation);
}

const workloads::QuantParams& output_params(const mapping::Hardware& hardware, int stage) {
  return hardware.graph.nodes[static_cast<std::size_t>(stage_of(hardware, stage).node)].params;
}
/// Raw averages have their zero point in the sum already.
workloads::QuantParams average_params(const mapping::Hardware& hardware, int stage) {
  workloads::QuantParams params = output_params(hardware, stage);
  if (pool_of(hardware, stage).raw) params.zero_point = 0;
  return params;
}

}  // namespace

CorePool::CorePool(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                   const models::ArchitectureSpec& architecture)
    : LaneCore(name, 1, architecture.tile.output_slots,
               std::get<mapping::DigitalCore>(hardware.cores[static_cast<std::size_t>(stage)]).cycles,
               architecture.tile.digital.latency_cycles),
      kind_(pool_of(hardware, stage).kind),
      window_(pool_of(hardware, stage).window),
      in_shape_(stage_of(hardware, stage).inputs.front().in_shape),
      out_shape_(stage_of(hardware, stage).inputs.front().out_shape),
      counts_padding_(pool_of(hardware, stage).count_include_pad),
      token_(hardware.formats[static_cast<std::size_t>(stage_of(hardware, stage).inputs.front().stream)]),
      result_(hardware.formats[static_cast<std::size_t>(stage_of(hardware, stage).output)]),
      zero_point_(
          pool_of(hardware, stage).raw ? 0 : hardware.graph.input_params(stage_of(hardware, stage).node).zero_point),
      zeros_before_(pool_of(hardware, stage).zeros_before),
      zero_(output_params(hardware, stage).zero_point),
      requantizer_(pool_of(hardware, stage).requant),
      output_(average_params(hardware, stage)) {}

Bits CorePool::compute() {
  find_taps();
  const Bits& window = in_data_i[0].read();
  Bits result(result_.token_bits());
  for (int e = 0; e < result_.elements; ++e) {
    const int channel = e - zeros_before_;
    const bool is_zero = channel < 0 || channel >= token_.elements;
    const int y = is_zero                             ? zero_
                  : kind_ == workloads::PoolKind::max ? maximum(window, channel)
                                                      : average(window, channel);
    result.set(e * result_.bits, result_.bits, static_cast<std::uint64_t>(std::int64_t{y}));
  }
  next_pixel();
  return result;
}

void CorePool::find_taps() {
  taps_.clear();
  for (int kh = 0; kh < window_.kernel_h; ++kh) {
    const int row = y_ * window_.stride_h + kh * window_.dilation_h - window_.pad_top;
    for (int kw = 0; kw < window_.kernel_w; ++kw) {
      const int column = x_ * window_.stride_w + kw * window_.dilation_w - window_.pad_left;
      const bool is_inside = row >= 0 && row < in_shape_.height && column >= 0 && column < in_shape_.width;
      if (is_inside) taps_.push_back((kh * window_.kernel_w + kw) * token_.token_bits());
    }
  }
}

int CorePool::element(const Bits& window, int bit) const {
  return token_.is_signed ? static_cast<int>(window.get_signed(bit, token_.bits))
                          : static_cast<int>(window.get(bit, token_.bits));
}

int CorePool::maximum(const Bits& window, int channel) const {
  int largest = output_.low();
  for (const int tap : taps_) largest = std::max(largest, element(window, tap + channel * token_.bits));
  return largest;
}

int CorePool::average(const Bits& window, int channel) const {
  std::int64_t sum = 0;
  for (const int tap : taps_) sum += element(window, tap + channel * token_.bits) - zero_point_;
  const int counted =
      counts_padding_ ? window_.kernel_h * window_.kernel_w : std::max<int>(1, static_cast<int>(taps_.size()));
  return output_.saturate(requantizer_.quotient(sum, counted - 1));
}

void CorePool::next_pixel() {
  if (++x_ < out_shape_.width) return;
  x_ = 0;
  if (++y_ == out_shape_.height) y_ = 0;
}

}  // namespace ohmic::sim::pin
