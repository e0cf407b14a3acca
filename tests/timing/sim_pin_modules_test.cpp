// SPDX-License-Identifier: Apache-2.0
// Modules of the pin level one by one, pin by pin: what takes N cycles is not there at N − 1 and is there at N.
#include <catch2/catch.hpp>

#include "sim/pin/fifo.hpp"
#include "sim/pin/link.hpp"
#include "sim/pin/signals.hpp"
#include "sim/pin/stream_port.hpp"
#include "sim/pin/window_buffer.hpp"
#include "tests/support/program_builder.hpp"

namespace {

using namespace ohmic;
using sim::pin::Bits;
using sim::pin::Signal;
using sim::pin::StreamSignals;

Bits bits(int width, std::uint64_t value) {
  Bits b(width);
  b.set(0, width, value);
  return b;
}

/// A clock by hand.
class Clock : public Signal<bool> {
 public:
  /// Ends a cycle.
  void edge() {
    write(true);
    settle();
    write(false);
    settle();
  }
  /// Lets the gates see what has been set.
  static void settle() { sc_core::sc_start(1, sc_core::SC_NS); }
};

template <class Module>
void tie(Module& module, Clock& clock, StreamSignals& in, StreamSignals& out) {
  module.clk_i(clock);
  module.in_valid_i(in.valid);
  module.in_ready_o(in.ready);
  module.in_data_i(in.data);
  module.out_valid_o(out.valid);
  module.out_ready_i(out.ready);
  module.out_data_o(out.data);
}

/// A window buffer with its pins.
struct Buffer {
  Buffer(const mapping::InputPort& port, std::int64_t firings, std::int64_t tokens, int capacity, int beat_bits = 8)
      : module("buffer", {capacity, 8, beat_bits, bits(8, 0xEE), false},
               sim::pin::WindowSchedule(port, firings, tokens)) {
    tie(module, clock, in, out);
    module.credit_o(credit);
    Clock::settle();
  }
  /// One beat passes.
  void write(std::uint64_t value, int width = 8) {
    in.valid.write(true);
    in.data.write(bits(width, value));
    clock.edge();
    in.valid.write(false);
    Clock::settle();
  }
  /// A firing starts.
  void start() {
    out.ready.write(true);
    clock.edge();
    out.ready.write(false);
    Clock::settle();
  }

  Clock clock;
  StreamSignals in, out;
  Signal<int> credit;
  sim::pin::WindowBuffer module;
};

/// A port with its pins; the core's result and the neighbours are the test's.
template <class Module>
struct Port {
  explicit Port(const sim::pin::PortSpec& spec) : module("port", spec), credits(spec.capacities.size()) {
    module.clk_i(clock);
    module.core_valid_i(core.valid);
    module.core_ready_o(core.ready);
    module.core_data_i(core.data);
    module.local_valid_o(wires.valid);
    module.local_ready_i(wires.ready);
    module.local_data_o(wires.data);
    module.flit_data_o(flit);
    for (std::size_t i = 0; i < credits.size(); ++i) module.credit_i[i](credits[i]);
  }

  Clock clock;
  StreamSignals core, wires;
  Signal<Bits> flit;
  Module module;
  std::vector<Signal<int>> credits;
};

}  // namespace

TEST_CASE("a fifo shows a word one cycle after it came, its place is free one cycle after it left", "[timing]") {
  Clock clock;
  StreamSignals in, out;
  sim::pin::StreamRegister fifo("fifo");
  tie(fifo, clock, in, out);
  in.valid.write(true);
  in.data.write(bits(8, 1));
  Clock::settle();
  CHECK_FALSE(out.valid.read());
  clock.edge();
  CHECK(out.valid.read());
  CHECK(out.data.read() == bits(8, 1));
  CHECK(in.ready.read());
  in.data.write(bits(8, 2));
  clock.edge();
  CHECK_FALSE(in.ready.read());
  in.data.write(bits(8, 3));  // waits for room
  out.ready.write(true);
  Clock::settle();
  CHECK(out.data.read() == bits(8, 1));
  CHECK_FALSE(in.ready.read());
  clock.edge();
  CHECK(in.ready.read());
  CHECK(out.data.read() == bits(8, 2));
  clock.edge();
  CHECK(out.data.read() == bits(8, 3));
  in.valid.write(false);
  clock.edge();
  CHECK_FALSE(out.valid.read());
}

TEST_CASE("links and ways of credits take a cycle per register, at full rate", "[timing]") {
  constexpr int kRegisters = 3;
  Clock clock;
  Signal<bool> in_valid, out_valid;
  Signal<Bits> in_data, out_data;
  Signal<int> in_credit, out_credit;
  sim::pin::Link link("link", kRegisters);
  sim::pin::CreditLink credits("credits", kRegisters);
  link.clk_i(clock);
  link.in_valid_i(in_valid);
  link.in_data_i(in_data);
  link.out_valid_o(out_valid);
  link.out_data_o(out_data);
  credits.clk_i(clock);
  credits.credit_i(in_credit);
  credits.credit_o(out_credit);
  for (int cycle = 0; cycle < 8; ++cycle) {
    const bool sends = cycle == 0 || cycle == 1 || cycle == 3;
    in_valid.write(sends);
    in_data.write(bits(8, static_cast<std::uint64_t>(cycle)));
    in_credit.write(sends ? cycle + 5 : 0);
    Clock::settle();
    const int sent = cycle - kRegisters;
    const bool comes = sent == 0 || sent == 1 || sent == 3;
    INFO("cycle " << cycle);
    CHECK(out_valid.read() == comes);
    CHECK(out_credit.read() == (comes ? sent + 5 : 0));
    if (comes) CHECK(out_data.read() == bits(8, static_cast<std::uint64_t>(sent)));
    clock.edge();
  }
}

TEST_CASE("an operand is there in the cycle after the last beat; room counts whole tokens", "[timing]") {
  Buffer b({}, 8, 8, 1, 3);  // a token of 8 bits in beats of 3
  b.write(0b010, 3);
  CHECK(b.in.ready.read());  // full, but in the middle of a token
  b.write(0b101, 3);
  CHECK_FALSE(b.out.valid.read());
  b.write(0b011, 3);
  CHECK(b.out.valid.read());
  CHECK(b.out.data.read() == bits(8, 0b11'101'010));
  CHECK_FALSE(b.in.ready.read());
  b.out.ready.write(true);
  Clock::settle();
  CHECK_FALSE(b.in.ready.read());  // in the cycle of the start
  b.clock.edge();
  CHECK(b.in.ready.read());
  CHECK_FALSE(b.out.valid.read());
  CHECK(b.credit.read() == 1);
  b.clock.edge();
  CHECK(b.credit.read() == 0);
}

TEST_CASE("a window shows its tokens and padding in raster order and frees what no later one covers", "[timing]") {
  workloads::Window w;
  w.kernel_h = w.kernel_w = 2;
  w.pad_top = w.pad_left = 1;
  w.stride_w = 2;
  const workloads::Shape image{1, 2, 2};
  const mapping::InputPort port = test::ProgramBuilder::windowed(image, w);
  REQUIRE(port.out_shape.pixels() == 2);  // two rows of one window over columns −1 and 0
  Buffer b(port, 2, 4, 4);
  b.write(0x10);
  CHECK(b.out.valid.read());
  CHECK(b.out.data.read() == bits(32, 0x10'EE'EE'EE));
  b.start();
  CHECK(b.credit.read() == 0);  // the second window needs it too
  b.write(0x11);
  b.write(0x20);
  CHECK(b.out.valid.read());
  CHECK(b.out.data.read() == bits(32, 0x20'EE'10'EE));
  b.start();
  CHECK(b.credit.read() == 3);  // 0x11 under no window leaves in order
  b.write(0x21);                // needed by nobody: leaves in the cycle after it was written
  CHECK(b.credit.read() == 0);
  b.clock.edge();
  CHECK(b.credit.read() == 1);
}

TEST_CASE("a dilated window leaves out what lies between its taps", "[timing]") {
  workloads::Window w;
  w.kernel_w = 2;
  w.dilation_w = 2;
  Buffer b(test::ProgramBuilder::windowed({1, 1, 3}, w), 1, 3, 3);
  b.write(0x10);
  b.write(0x11);
  CHECK_FALSE(b.out.valid.read());
  b.write(0x12);
  CHECK(b.out.valid.read());
  CHECK(b.out.data.read() == bits(16, 0x12'10));
  b.start();
  CHECK(b.credit.read() == 3);
}

TEST_CASE("an image begins only when all tokens of the one before have come", "[timing]") {
  workloads::Window w;
  w.pad_top = 1;
  const mapping::InputPort port = test::ProgramBuilder::windowed({1, 1, 1}, w);
  Buffer b(port, 2, 1, 2);  // firing 0 lies in the padding, firing 1 has the token
  CHECK(b.out.valid.read());
  b.start();
  CHECK_FALSE(b.out.valid.read());
  b.write(0x33);
  CHECK(b.out.valid.read());
  b.start();
  CHECK(b.out.valid.read());  // padding of the next image
  CHECK(b.out.data.read() == bits(8, 0xEE));
}

TEST_CASE("a port passes beats and flits together and waits for a credit", "[timing]") {
  Port<sim::pin::StreamPort> p({8, 4, 3, true, {1}});  // 2 beats, 3 flits, room for one token
  Signal<bool> flit_valid;
  p.module.flit_valid_o(flit_valid);
  p.core.valid.write(true);
  p.core.data.write(bits(8, 0b01'110'101));
  Clock::settle();
  CHECK(p.wires.valid.read());
  CHECK_FALSE(flit_valid.read());  // the wires are not ready: nothing passes anywhere
  p.wires.ready.write(true);
  Clock::settle();
  const std::uint64_t flits[] = {0b101, 0b110, 0b001};
  for (int cycle = 0; cycle < 3; ++cycle) {
    INFO("cycle " << cycle);
    CHECK(p.wires.valid.read() == (cycle < 2));
    if (cycle < 2) CHECK(p.wires.data.read() == bits(4, cycle == 0 ? 0b0101 : 0b0111));
    CHECK(flit_valid.read());
    CHECK(p.flit.read() == bits(3, flits[cycle]));
    CHECK(p.core.ready.read() == (cycle == 2));
    p.clock.edge();
  }
  CHECK_FALSE(p.wires.valid.read());
  p.credits[0].write(1);
  Clock::settle();
  CHECK_FALSE(p.wires.valid.read());  // the counter of room is a register
  p.clock.edge();
  CHECK(p.wires.valid.read());
}

TEST_CASE("a port to an arbitrated fabric offers a result a cycle, gives flits as they are taken", "[timing]") {
  Port<sim::pin::OfferPort> p({8, 8, 4, false, {8}});
  Signal<int> count;
  Signal<bool> offer, take;
  p.module.core_count_i(count);
  p.module.offer_o(offer);
  p.module.take_i(take);
  count.write(2);
  p.core.valid.write(true);
  p.core.data.write(bits(8, 0xA5));
  Clock::settle();
  CHECK_FALSE(offer.read());
  p.clock.edge();
  CHECK(offer.read());
  p.clock.edge();
  CHECK(offer.read());
  p.clock.edge();
  CHECK_FALSE(offer.read());  // both are offered
  CHECK(p.flit.read() == bits(4, 0x5));
  take.write(true);
  Clock::settle();
  CHECK_FALSE(p.core.ready.read());
  p.clock.edge();
  CHECK(p.flit.read() == bits(4, 0xA));
  CHECK(p.core.ready.read());
}

TEST_CASE("a port to an arbitrated fabric and to wires offers one token at a time", "[timing]") {
  Port<sim::pin::OfferPort> p({8, 4, 8, true, {8}});
  Signal<int> count;
  Signal<bool> offer, take;
  p.module.core_count_i(count);
  p.module.offer_o(offer);
  p.module.take_i(take);
  count.write(2);
  p.core.valid.write(true);
  p.core.data.write(bits(8, 0xA5));
  p.wires.ready.write(true);
  Clock::settle();
  CHECK(p.wires.data.read() == bits(4, 0x5));
  p.clock.edge();
  CHECK(offer.read());
  CHECK(p.wires.data.read() == bits(4, 0xA));
  p.clock.edge();
  CHECK_FALSE(p.wires.valid.read());  // both beats have passed, the flit has not
  CHECK_FALSE(offer.read());
  CHECK_FALSE(p.core.ready.read());
  take.write(true);
  Clock::settle();
  CHECK(p.core.ready.read());
  p.clock.edge();
  take.write(false);
  Clock::settle();
  CHECK_FALSE(offer.read());
  CHECK(p.wires.valid.read());  // the next one, one cycle after the last has left
}
