// SPDX-License-Identifier: Apache-2.0
// The engine hosted in SystemC over the TLM-2.0 global buffer against the bare one, hop by hop. A SystemC kernel runs
// once per process, so each design is hosted in a child.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <systemc>

#include "sim/tlm/global_buffer.hpp"
#include "sim/tlm/token_host.hpp"
#include "tests/support/random_traffic.hpp"
#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;

/// Everything a run gives, as numbers; a deadlock as its message.
std::string transcript(const std::function<sim::TimingResult(const sim::HopSink&)>& run) {
  std::string text;
  const auto add = [&text](std::int64_t n) { text += std::to_string(n) + " "; };
  const sim::HopSink sink = [&add](const sim::Hop& h) {
    for (const std::int64_t n : {std::int64_t{h.stream}, std::int64_t{h.destination}, h.token, h.sent, h.arrived})
      add(n);
  };
  try {
    const sim::TimingResult r = run(sink);
    add(r.latency_cycles);
    add(r.period_cycles);
    add(r.period_images);
    for (const Cycle cycle : r.result_cycles) add(cycle);
    for (const sim::StageTiming& s : r.stages) {
      for (const Cycle cycle : {s.first_start, s.first_output, s.last_end, s.busy, s.stalled_input, s.stalled_output})
        add(cycle);
    }
  } catch (const sim::Deadlock& deadlock) {
    text += deadlock.what();
  }
  return text;
}

/// Whether `check` holds in a process of its own.
bool in_child(const std::function<bool()>& check) {
  const pid_t child = fork();
  if (child == 0) {
    bool holds = false;
    try {
      holds = check();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    std::_Exit(holds ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool hosted_equals_bare(const test::TimedDesign& d) {
  return in_child([&d] {
    const auto hosted = [&d](const sim::HopSink& sink) { return sim::simulate(d.program, d.chip, d.simulation, sink); };
    const auto bare = [&d](const sim::HopSink& sink) {
      return sim::simulate_bare(d.program, d.chip, d.simulation, sink);
    };
    return transcript(hosted) == transcript(bare);
  });
}

struct Initiator : sc_core::sc_module {
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {}

  /// Moves `data`; the delay that the target answers with.
  sc_core::sc_time access(tlm::tlm_command command, std::uint64_t address) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(data.size()));
    payload.set_streaming_width(static_cast<unsigned>(data.size()));
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    return delay;
  }

  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
  tlm::tlm_generic_payload payload;
  std::vector<std::uint8_t> data;
};

/// Bytes move, accesses wait for those before them, what lies beyond the end is an address error.
bool global_buffer_works() {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  models::GlobalBufferSpec spec;
  spec.size = DataSize(64 * 8);
  spec.width_bits = 32;
  spec.latency_cycles = 5;
  const sc_core::sc_time period(1, sc_core::SC_NS);
  sim::GlobalBuffer memory("memory", spec, period);
  Initiator host("host");
  host.socket.bind(memory.socket);
  const std::vector<std::uint8_t> image{1, 2, 3, 4, 5, 6};
  memory.load(10, image);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  host.data.resize(image.size());
  const Cycle access = spec.latency_cycles + 2;  // 48 bits in beats of 32
  bool right = host.access(tlm::TLM_READ_COMMAND, 10) == period * static_cast<double>(access) && host.data == image;
  right = right && host.access(tlm::TLM_WRITE_COMMAND, 58) == period * static_cast<double>(2 * access);
  right = right && std::equal(image.begin(), image.end(), memory.bytes().begin() + 58);
  right = right && host.payload.get_response_status() == tlm::TLM_OK_RESPONSE;
  right = right && host.access(tlm::TLM_READ_COMMAND, 59) == sc_core::SC_ZERO_TIME;
  right = right && host.payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE;
  try {
    memory.load(60, image);
    return false;
  } catch (const std::out_of_range&) {
    return right;
  }
}

}  // namespace

TEST_CASE("hosted equals bare on random designs", "[ladder]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const std::vector<std::string> fabrics{"point_to_point", "bus", "mesh"};
    const std::string& fabric = fabrics[seed % fabrics.size()];
    INFO("fabric " << fabric << ", seed " << seed);
    test::TimedDesign design = test::TimedDesignGenerator(seed, fabric).make();
    // Periods that are no whole femtoseconds too.
    design.chip.clock = Frequency(1'000'000'000 + static_cast<std::int64_t>(seed) * 12'345'678);
    REQUIRE(hosted_equals_bare(design));
  }
}

TEST_CASE("hosted equals bare under heavy traffic", "[ladder]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    REQUIRE(hosted_equals_bare(test::random_traffic(seed)));
  }
}

TEST_CASE("time is cycles times the period, in whole femtoseconds", "[timing]") {
  CHECK(in_child([] {
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
    return sim::clock_period(Frequency(1'280'000'000)).value() == 781'250 &&
           sim::clock_period(Frequency(1'200'000'000)).value() == 833'333;
  }));
}

TEST_CASE("a second simulation in one process is our own fault", "[errors]") {
  CHECK(in_child([] {
    const test::TimedDesign d = test::random_traffic(1);
    (void)sim::simulate(d.program, d.chip, d.simulation);
    try {
      (void)sim::simulate(d.program, d.chip, d.simulation);
    } catch (const std::logic_error& error) {
      return std::string(error.what()) == "simulate: a SystemC kernel cannot start twice in one process";
    }
    return false;
  }));
}

TEST_CASE("the global buffer moves bytes, one access at a time, none beyond its end", "[timing]") {
  CHECK(in_child(global_buffer_works));
}
