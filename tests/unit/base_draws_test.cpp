// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "base/draws.hpp"

using namespace ohmic;

namespace {
/// Upper tail of the standard normal distribution.
double tail(double z) {
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}
}  // namespace

TEST_CASE("Philox4x32-10 gives the published known answers") {
  // Salmon et al., Random123 distribution, kat_vectors: philox4x32 10
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("streams differ in every part of their scope") {
  std::set<PhiloxKey> keys;
  int scopes = 0;
  for (std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32}) {
    for (Purpose purpose : {Purpose::programming_error, Purpose::read_noise}) {
      for (std::uint32_t trial : {0U, 1U}) {
        for (std::uint32_t write : {0U, 1U}) {
          for (std::uint32_t epoch : {0U, 1U}) {
            for (std::uint32_t layer : {0U, 1U}) {
              keys.insert(stream_key({seed, purpose, trial, write, epoch, layer}));
              ++scopes;
            }
          }
        }
      }
    }
  }
  CHECK(static_cast<int>(keys.size()) == scopes);
}

TEST_CASE("the integer Gaussian is the inverse distribution function") {
  // At every octave and inside of segments: P(Z > z(p)) = p to the width of the linear pieces.
  for (std::uint64_t m = 1; m < (1ULL << 32); m = m * 17 / 16 + 2) {
    const auto bits = static_cast<std::uint32_t>(m | 1) - 1U;  // an even word: positive deviate
    const double p = static_cast<double>(bits | 1U) / std::ldexp(1.0, 33);
    const double z = gaussian(bits) / 65536.0;
    CHECK(tail(z) == Approx(p).epsilon(2e-3).margin(2e-5));
    CHECK(gaussian(bits | 1U) == -gaussian(bits));
  }
}

TEST_CASE("the integer Gaussian never rises with the tail and stays in its bounds") {
  std::int32_t last = gaussian(0);
  CHECK(last < 7 * 65536);
  for (std::uint64_t m = 2; m < (1ULL << 32); m += 65537 * 2) {
    const std::int32_t z = gaussian(static_cast<std::uint32_t>(m));
    CHECK(z <= last);
    CHECK(z >= -1);
    last = z;
  }
}

TEST_CASE("a million draws have the moments of a Gaussian") {
  const PhiloxKey key = stream_key({12345, Purpose::test, 0, 0, 0, 0});
  const int n = 1 << 20;
  double sum = 0;
  double squares = 0;
  double fourth = 0;
  for (std::uint32_t i = 0; i < n / 4; ++i) {
    for (const std::uint32_t word : philox({i, 0, 0, 0}, key)) {
      const double z = gaussian(word) / 65536.0;
      sum += z;
      squares += z * z;
      fourth += z * z * z * z;
    }
  }
  // Five standard errors: 1/sqrt(n), sqrt(2/n), sqrt(96/n).
  CHECK(std::fabs(sum / n) < 5 / std::sqrt(n));
  CHECK(std::fabs(squares / n - 1) < 5 * std::sqrt(2.0 / n));
  CHECK(std::fabs(fourth / n - 3) < 5 * std::sqrt(96.0 / n));
}
