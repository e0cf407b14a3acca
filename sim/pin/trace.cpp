// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/trace.hpp"

#include <sysc/tracing/sc_tracing_ids.h>

#include <algorithm>
#include <cstdint>

namespace ohmic::sim::pin {

namespace {
constexpr int kWordBits = 32;
}  // namespace

Trace::Trace(const sc_core::sc_module_name& name, const std::string& file, const std::vector<StreamSignals*>& streams,
             const std::vector<std::string>& names, const std::vector<int>& widths)
    : sc_module(name), streams_(streams) {
  const bool has_suffix = file.size() > 4 && file.substr(file.size() - 4) == ".vcd";
  // The library tells on the terminal which unit of time it takes: the resolution, 1 fs.
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_TRACING_TIMESCALE_DEFAULT_, sc_core::SC_DO_NOTHING);
  file_ = sc_core::sc_create_vcd_trace_file((has_suffix ? file.substr(0, file.size() - 4) : file).c_str());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    data_.push_back(std::make_unique<sc_dt::sc_bv_base>(false, widths[i]));
    sc_core::sc_trace(file_, streams[i]->valid, names[i] + ".valid");
    sc_core::sc_trace(file_, streams[i]->ready, names[i] + ".ready");
    sc_core::sc_trace(file_, *data_[i], names[i] + ".data");
  }
  SC_HAS_PROCESS(Trace);
  SC_METHOD(copy_changed);
  for (const StreamSignals* stream : streams_) sensitive << stream->data;
  dont_initialize();
}

Trace::~Trace() {
  sc_core::sc_close_vcd_trace_file(file_);
}

void Trace::copy_changed() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i]->data.event()) copy(i);
  }
}

void Trace::copy(std::size_t stream) {
  const Bits& bits = streams_[stream]->data.read();
  sc_dt::sc_bv_base& copy = *data_[stream];
  for (int at = 0, word = 0; at < bits.width(); at += kWordBits, ++word) {
    copy.set_word(word, static_cast<sc_dt::sc_digit>(bits.get(at, std::min(kWordBits, bits.width() - at))));
  }
}

}  // namespace ohmic::sim::pin
