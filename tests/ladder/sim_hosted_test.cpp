// SPDX-License-Identifier: Apache-2.0
// The engine hosted in SystemC over the TLM-2.0 global buffer against the bare one, hop by hop. A SystemC kernel runs
// once per process, so each design is hosted in a child.
#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

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
    for (const std::int64_t n : {std::int64_t{h.stream}, std::int64_t{h.destination}, h.token, h.sent, h.arrived}) add(n);
  };
  try {
    const sim::TimingResult r = run(sink);
    add(r.latency_cycles);
    add(r.period_cycles);
    add(r.period_images);
    for (const Cycle cycle : r.result_cycles) add(cycle);
    for (const sim::StageTiming& s : r.stages) {
      for (const Cycle cycle : {s.first_start, s.first_output, s.last_end, s.busy, s.stalled_input, s.stalled_output}) add(cycle);
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
    const auto bare = [&d](const sim::HopSink& sink) { return sim::simulate_bare(d.program, d.chip, d.simulation, sink); };
    return transcript(hosted) == transcript(bare);
  });
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

TEST_CASE("the global buffer holds bytes, answers beyond its end with an address error, and serves one at a time", "[timing]") {
  CHECK(in_child([] {
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
    models::GlobalBufferSpec spec;
    spec.size = DataSize(64 * 8);
    spec.width_bits = 32;
    spec.latency_cycles = 5;
    const sc_core::sc_time period(1, sc_core::SC_NS);
    sim::GlobalBuffer memory("memory", spec, period);
    tlm_utils::simple_initiator_socket<sc_core::sc_module> socket("socket");
    socket.bind(memory.socket);
    const std::vector<std::uint8_t> image{1, 2, 3, 4, 5, 6};
    memory.load(10, image);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    std::vector<std::uint8_t> data(6);
    tlm::tlm_generic_payload payload;
    const auto access = [&](tlm::tlm_command command, std::uint64_t address) {
      payload.set_command(command);
      payload.set_address(address);
      payload.set_data_ptr(data.data());
      payload.set_data_length(6);
      payload.set_streaming_width(6);
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      socket->b_transport(payload, delay);
      return delay;
    };
    bool right = access(tlm::TLM_READ_COMMAND, 10) == period * 7 && data == image;  // 5 + ceil(48 / 32)
    right = right && access(tlm::TLM_WRITE_COMMAND, 58) == period * 14;             // after the read
    right = right && std::equal(image.begin(), image.end(), memory.bytes().begin() + 58);
    right = right && payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    right = right && access(tlm::TLM_READ_COMMAND, 59) == sc_core::SC_ZERO_TIME;
    right = right && payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    try {
      memory.load(60, image);
      return false;
    } catch (const std::out_of_range&) {
      return right;
    }
  }));
}
