// SPDX-License-Identifier: Apache-2.0
// A random chip as files is the same chip when `ohmic cosim` reads it: the program, the integers, the converters; and
// both levels are equal on it. What cannot be done with a network of integers is told.
#include <catch2/catch.hpp>

#include "explore/cosim.hpp"
#include "tests/support/design_files.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/lanes_design.hpp"
#include "tests/support/rtl_design.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;

explore::RunConfig written(const test::PinDesign& design, const test::TemporaryFolder& folder,
                           const std::vector<std::string>& overrides = {}) {
  (void)test::write_chip_design(design, folder.path(), "pin");
  return explore::read_run((folder.path() / "run.yaml").string(), overrides);
}

/// in_child() forks, which a process with more threads does not always survive.
explore::PipelineOptions one_thread() {
  explore::PipelineOptions options;
  options.compute.threads = 1;
  return options;
}

std::string difference(const test::PinDesign& design) {
  const test::TemporaryFolder folder;
  const explore::RunConfig config = written(design, folder);
  const explore::BuiltChip chip = explore::build_chip(config, one_thread(), design.simulation.images);
  const mapping::Hardware& hardware = chip.hardware;
  if (mapping::save_program(hardware.program) != mapping::save_program(design.hardware.program)) return "the program";
  if (workloads::save_quantized_graph(hardware.graph) != workloads::save_quantized_graph(design.graph))
    return "the network";
  for (std::size_t l = 0; l < hardware.converters.size(); ++l) {
    const auto& own = hardware.converters[l].columns;
    const auto& other = design.hardware.converters[l].columns;
    for (std::size_t c = 0; c < own.size(); ++c) {
      if (own[c].low != other[c].low || own[c].step != other[c].step) return "the converters";
    }
  }
  return test::in_child([&] {
    explore::CosimOptions options;
    options.images = design.simulation.images;
    options.rtl = false;
    std::string wrong;
    for (const explore::CosimCheck& check : explore::cosimulate(config, one_thread(), options).checks) {
      wrong += check.difference;
    }
    return wrong;
  });
}

/// The first chip that can be built.
test::PinDesign any_chip() {
  for (std::uint64_t seed = 1;; ++seed) {
    if (auto design = test::pin_design(seed, models::RangePolicy::lossless)) return *design;
  }
}

}  // namespace

TEST_CASE("a random chip as files is the chip that was drawn", "[ladder]") {
  constexpr int kDesigns = 20;
  int chips = 0, streamed = 0, rtl = 0;
  for (std::uint64_t seed = 1; chips < kDesigns || streamed < kDesigns || rtl < kDesigns; ++seed) {
    INFO("seed " << seed);
    if (const auto design = test::pin_design(seed, models::RangePolicy::lossless); design && chips < kDesigns) {
      REQUIRE(difference(*design) == "");
      ++chips;
    }
    if (const auto design = test::lanes_design(seed, 2); design && streamed < kDesigns) {
      REQUIRE(difference(*design) == "");
      ++streamed;
    }
    if (const auto design = test::rtl_design(seed); design && rtl < kDesigns) {
      REQUIRE(difference(design->design) == "");
      ++rtl;
    }
  }
}

TEST_CASE("a network of integers has no accuracy to compare and no rules to follow", "[errors]") {
  const test::TemporaryFolder folder;
  const test::PinDesign design = any_chip();
  const explore::RunConfig config = written(design, folder);
  const std::string file = (folder.path() / "run.yaml").string();
  CHECK(test::input_error([&] { (void)explore::run(config, {}); }) ==
        file +
            ":2:3: workload.network: is a network of integers: a run compares it with the one in float (map, emit "
            "and cosim take it)");
  const explore::RunConfig ruled = written(design, folder, {"quantization.rules=[{match: '.*'}]"});
  CHECK_THAT(test::input_error([&] { (void)explore::map_run(ruled, {}); }),
             Catch::EndsWith("quantization.rules: are for a network in float; that of this run is of integers"));
  write_file_atomically(folder.path() / "network.json", "{\"name\": 1}\n");
  CHECK_THAT(test::input_error([&] { (void)explore::map_run(config, {}); }),
             Catch::StartsWith((folder.path() / "network.json").string()));
}
