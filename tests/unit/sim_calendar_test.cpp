// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "sim/token/calendar.hpp"

using ohmic::Cycle;
using ohmic::sim::Calendar;

TEST_CASE("the calendar gives back every event in its cycle, near and far") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Calendar calendar;
    std::multimap<Cycle, std::uint32_t> expected;
    std::vector<std::uint32_t> events;
    Cycle now = -1;
    std::uint32_t code = 0;
    for (int step = 0; step < 2000; ++step) {
      for (unsigned n = random() % 4; n > 0; --n) {
        const Cycle range = random() % 3 == 0 ? 5000 : random() % 2 == 0 ? 1030 : 20;
        const Cycle cycle = now + 1 + static_cast<Cycle>(random()) % range;
        calendar.schedule(cycle, code);
        expected.emplace(cycle, code++);
      }
      REQUIRE(calendar.next() == (expected.empty() ? Calendar::kNone : expected.begin()->first));
      if (expected.empty()) continue;
      now = calendar.next();
      calendar.take(now, events);
      std::vector<std::uint32_t> due;
      for (auto i = expected.begin(); i != expected.end() && i->first == now; i = expected.erase(i))
        due.push_back(i->second);
      std::sort(events.begin(), events.end());
      REQUIRE(events == due);
    }
  }
}

TEST_CASE("an event for a cycle that is over is refused") {
  Calendar calendar;
  std::vector<std::uint32_t> events;
  calendar.schedule(5, 1);
  calendar.take(5, events);
  CHECK_THROWS_AS(calendar.schedule(5, 1), std::logic_error);
  CHECK_NOTHROW(calendar.schedule(6, 1));
}
