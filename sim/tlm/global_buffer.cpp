// SPDX-License-Identifier: Apache-2.0
#include "sim/tlm/global_buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include "sim/token/global_memory.hpp"

namespace ohmic::sim {

namespace {
constexpr int kBitsPerByte = 8;

/// Zeros that take memory where they are touched: a buffer may be larger than this machine.
std::uint8_t* reserved(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(memory);
}
}  // namespace

void GlobalBuffer::Release::operator()(std::uint8_t* bytes) const {
  ::munmap(bytes, size);
}

GlobalBuffer::GlobalBuffer(const sc_core::sc_module_name& name, const models::GlobalBufferSpec& spec,
                           const sc_core::sc_time& period)
    : sc_module(name),
      spec_(spec),
      period_(period),
      size_(static_cast<std::size_t>(spec.size.value() / kBitsPerByte)),
      bytes_(reserved(size_), Release{size_}) {
  socket.register_b_transport(this, &GlobalBuffer::b_transport);
  socket.register_transport_dbg(this, &GlobalBuffer::transport_dbg);
}

void GlobalBuffer::load(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (address > size_ || bytes.size() > size_ - address) {
    throw std::out_of_range("global buffer: bytes beyond its end");
  }
  std::copy(bytes.begin(), bytes.end(), bytes_.get() + address);
}

bool GlobalBuffer::copy(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const unsigned int length = payload.get_data_length();
  if (address > size_ || length > size_ - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_streaming_width() < length) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), bytes_.get() + address, length);
  if (payload.is_write()) std::memcpy(bytes_.get() + address, payload.get_data_ptr(), length);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

void GlobalBuffer::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!copy(payload)) return;
  const sc_core::sc_time now = sc_core::sc_time_stamp() + delay;
  const auto cycles = static_cast<sc_dt::uint64>(access_cycles(spec_, payload.get_data_length()));
  free_at_ = std::max(now, free_at_) + sc_core::sc_time::from_value(period_.value() * cycles);
  delay = free_at_ - sc_core::sc_time_stamp();
}

unsigned int GlobalBuffer::transport_dbg(tlm::tlm_generic_payload& payload) {
  return copy(payload) ? payload.get_data_length() : 0;
}

}  // namespace ohmic::sim
