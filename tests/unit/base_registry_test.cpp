// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/registry.hpp"

using namespace ohmic;

namespace {
struct Part {
  virtual ~Part() = default;
};
struct One : Part {};
const Registration<Part, One> kOne{"one"};
}  // namespace

TEST_CASE("a part is found by its name") {
  CHECK(Registry<Part>::instance().names() == std::vector<std::string>{"one"});
  CHECK(Registry<Part>::instance().create("one") != nullptr);
}

TEST_CASE("a second registration under one name is our own mistake") {
  CHECK_THROWS_AS((Registration<Part, One>{"one"}), std::logic_error);
}
