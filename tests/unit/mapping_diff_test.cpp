// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "mapping/program.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using Lines = std::vector<std::string>;

TEST_CASE("equal programs have no differences") {
  CHECK(diff_programs(Program{}, Program{}).empty());
}

TEST_CASE("a difference names what changed, what came and what went") {
  Program before;
  before.network = "a";
  before.stages.resize(1);
  Program after = before;
  after.network = "b";
  after.stages[0].actions[models::Component::adc] = 3;
  after.stages[0].arrays = {1, 2};
  CHECK(diff_programs(before, after) ==
        Lines{"network: \"a\" -> \"b\"", "stages[0].arrays: \"\" -> \"1 2\"", "stages[0].actions.adc: nothing -> 3"});
  CHECK(diff_programs(after, before) ==
        Lines{"network: \"b\" -> \"a\"", "stages[0].arrays: \"1 2\" -> \"\"", "stages[0].actions.adc: 3 -> nothing"});
}

TEST_CASE("items beyond the end of the shorter list") {
  Program before;
  Program after;
  after.streams.resize(1);
  after.streams[0].name = "s";
  const std::string text =
      "{\"name\":\"s\",\"source\":0,\"destinations\":[],\"tokens\":0,\"token_bits\":0,\"message_class\":"
      "\"activation\"}";
  CHECK(diff_programs(before, after) == Lines{"streams[0]: nothing -> " + text});
  CHECK(diff_programs(after, before) == Lines{"streams[0]: " + text + " -> nothing"});
}

}  // namespace
