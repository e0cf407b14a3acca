// SPDX-License-Identifier: Apache-2.0
// The AVX-512 intrinsics that the kernels use, written after the operations in Intel's Intrinsics Guide, one element
// after the other. For tests of the kernels where the machine lacks the instructions; as slow as it looks.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ohmic::values::emulated {

template <int Bytes>
struct Vector {
  alignas(Bytes) unsigned char bytes[Bytes];
};
using V512 = Vector<64>;
using V256 = Vector<32>;

template <class T, int Bytes>
T get(const Vector<Bytes>& v, int i) {
  T x;
  std::memcpy(&x, v.bytes + i * static_cast<int>(sizeof(T)), sizeof x);
  return x;
}

/// element(i) for every element of type T.
template <class T, int Bytes = 64, class Element>
Vector<Bytes> each(const Element& element) {
  Vector<Bytes> v;
  for (int i = 0; i < Bytes / static_cast<int>(sizeof(T)); ++i) {
    const auto x = static_cast<T>(element(i));
    std::memcpy(v.bytes + i * static_cast<int>(sizeof(T)), &x, sizeof x);
  }
  return v;
}

template <class T, class Operation>
V512 zip(const V512& a, const V512& b, const Operation& operation) {
  return each<T>([&](int i) { return operation(get<T>(a, i), get<T>(b, i)); });
}

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using I16 = std::int16_t;
using I32 = std::int32_t;

/// Element i of a and b interleaved by 128-bit lanes; `half` 0 is unpacklo, 1 unpackhi.
template <class T>
V512 unpack(const V512& a, const V512& b, int half) {
  constexpr int kLane = 16 / static_cast<int>(sizeof(T));
  return each<T>([&](int i) {
    const int from = i / kLane * kLane + half * kLane / 2 + i % kLane / 2;
    return get<T>(i % 2 == 0 ? a : b, from);
  });
}

}  // namespace ohmic::values::emulated

// NOLINTBEGIN: the names are Intel's.
using __m512i = ohmic::values::emulated::V512;
using __m512 = ohmic::values::emulated::V512;
using __m256i = ohmic::values::emulated::V256;
using __m128i = ohmic::values::emulated::Vector<16>;
using __mmask16 = std::uint16_t;
#define _MM_SHUFFLE(d, c, b, a) (((d) << 6) | ((c) << 4) | ((b) << 2) | (a))

namespace ohmic::values {

using namespace emulated;

inline __m512i _mm512_loadu_si512(const void* p) {
  __m512i v;
  std::memcpy(v.bytes, p, 64);
  return v;
}
inline __m256i _mm256_loadu_si256(const __m256i* p) {
  __m256i v;
  std::memcpy(v.bytes, p, 32);
  return v;
}
inline __m128i _mm_loadu_si128(const __m128i* p) {
  __m128i v;
  std::memcpy(v.bytes, p, 16);
  return v;
}
inline void _mm512_storeu_si512(void* p, const __m512i& v) {
  std::memcpy(p, v.bytes, 64);
}
inline __m512i _mm512_setzero_si512() {
  return each<U8>([](int) { return 0; });
}
inline __m512i _mm512_set1_epi16(int x) {
  return each<U16>([&](int) { return x; });
}
inline __m512i _mm512_set1_epi32(int x) {
  return each<U32>([&](int) { return x; });
}
inline __m512i _mm512_set1_epi64(long long x) {
  return each<U64>([&](int) { return x; });
}
template <class... X>
__m512i _mm512_setr_epi32(X... x) {
  const int all[16] = {x...};
  return each<U32>([&](int i) { return all[i]; });
}
template <class... X>
__m256i _mm256_setr_epi32(X... x) {
  const int all[8] = {x...};
  return each<U32, 32>([&](int i) { return all[i]; });
}
inline __m512i _mm512_add_epi8(const __m512i& a, const __m512i& b) {
  return zip<U8>(a, b, [](int x, int y) { return x + y; });
}
inline __m512i _mm512_add_epi16(const __m512i& a, const __m512i& b) {
  return zip<U16>(a, b, [](int x, int y) { return x + y; });
}
inline __m512i _mm512_add_epi32(const __m512i& a, const __m512i& b) {
  return zip<U32>(a, b, [](U32 x, U32 y) { return x + y; });
}
inline __m512i _mm512_sub_epi32(const __m512i& a, const __m512i& b) {
  return zip<U32>(a, b, [](U32 x, U32 y) { return x - y; });
}
inline __m512i _mm512_mask_sub_epi32(const __m512i& source, __mmask16 mask, const __m512i& a, const __m512i& b) {
  return each<U32>([&](int i) { return (mask >> i & 1) != 0 ? get<U32>(a, i) - get<U32>(b, i) : get<U32>(source, i); });
}
inline __m512i _mm512_mullo_epi32(const __m512i& a, const __m512i& b) {
  return zip<U32>(a, b, [](U32 x, U32 y) { return x * y; });
}
inline __m512i _mm512_mul_epu32(const __m512i& a, const __m512i& b) {
  return zip<U64>(a, b, [](U64 x, U64 y) { return (x & 0xFFFFFFFF) * (y & 0xFFFFFFFF); });
}
inline __m512i _mm512_madd_epi16(const __m512i& a, const __m512i& b) {
  return each<U32>([&](int i) {
    const auto product = [&](int k) { return std::int64_t{get<I16>(a, k)} * get<I16>(b, k); };
    return product(2 * i) + product(2 * i + 1);
  });
}
inline __m512i _mm512_and_si512(const __m512i& a, const __m512i& b) {
  return zip<U64>(a, b, [](U64 x, U64 y) { return x & y; });
}
inline __m512i _mm512_or_si512(const __m512i& a, const __m512i& b) {
  return zip<U64>(a, b, [](U64 x, U64 y) { return x | y; });
}
inline __m512i _mm512_ternarylogic_epi64(const __m512i& a, const __m512i& b, const __m512i& c, int table) {
  return each<U64>([&](int i) {
    U64 result = 0;
    for (int bit = 0; bit < 64; ++bit) {
      const U64 index =
          (get<U64>(a, i) >> bit & 1) << 2 | (get<U64>(b, i) >> bit & 1) << 1 | (get<U64>(c, i) >> bit & 1);
      result |= (static_cast<U64>(table) >> index & 1) << bit;
    }
    return result;
  });
}
inline __mmask16 _mm512_test_epi32_mask(const __m512i& a, const __m512i& b) {
  unsigned mask = 0;
  for (int i = 0; i < 16; ++i) mask |= ((get<U32>(a, i) & get<U32>(b, i)) != 0 ? 1U : 0U) << i;
  return static_cast<__mmask16>(mask);
}
inline __m512i _mm512_mask_blend_epi32(__mmask16 mask, const __m512i& a, const __m512i& b) {
  return each<U32>([&](int i) { return get<U32>((mask >> i & 1) != 0 ? b : a, i); });
}
inline __m512i _mm512_slli_epi64(const __m512i& a, unsigned n) {
  return each<U64>([&](int i) { return get<U64>(a, i) << n; });
}
inline __m512i _mm512_srli_epi64(const __m512i& a, unsigned n) {
  return each<U64>([&](int i) { return get<U64>(a, i) >> n; });
}
inline __m512i _mm512_srli_epi32(const __m512i& a, unsigned n) {
  return each<U32>([&](int i) { return get<U32>(a, i) >> n; });
}
inline __m512i _mm512_srai_epi32(const __m512i& a, unsigned n) {
  return each<U32>([&](int i) { return get<I32>(a, i) >> n; });
}
inline __m512i _mm512_srli_epi16(const __m512i& a, unsigned n) {
  return each<U16>([&](int i) { return get<U16>(a, i) >> n; });
}
inline __m512i _mm512_sllv_epi32(const __m512i& a, const __m512i& n) {
  return zip<U32>(a, n, [](U32 x, U32 by) { return by < 32 ? x << by : 0; });
}
inline __m512i _mm512_lzcnt_epi32(const __m512i& a) {
  return each<U32>([&](int i) { return std::countl_zero(get<U32>(a, i)); });
}
inline __m512i _mm512_shuffle_epi8(const __m512i& a, const __m512i& index) {
  return each<U8>([&](int i) {
    const int from = get<U8>(index, i);
    return from >= 128 ? 0 : get<U8>(a, i / 16 * 16 + from % 16);
  });
}
inline __m512 _mm512_shuffle_ps(const __m512& a, const __m512& b, int control) {
  return each<U32>([&](int i) {
    const int from = i / 4 * 4 + (control >> (2 * (i % 4)) & 3);
    return get<U32>(i % 4 < 2 ? a : b, from);
  });
}
inline __m512i _mm512_unpacklo_epi32(const __m512i& a, const __m512i& b) {
  return unpack<U32>(a, b, 0);
}
inline __m512i _mm512_unpackhi_epi32(const __m512i& a, const __m512i& b) {
  return unpack<U32>(a, b, 1);
}
inline __m512i _mm512_unpacklo_epi64(const __m512i& a, const __m512i& b) {
  return unpack<U64>(a, b, 0);
}
inline __m512i _mm512_unpackhi_epi64(const __m512i& a, const __m512i& b) {
  return unpack<U64>(a, b, 1);
}
inline __m512i _mm512_permutex2var_epi32(const __m512i& a, const __m512i& index, const __m512i& b) {
  return each<U32>([&](int i) {
    const int from = get<I32>(index, i) & 31;
    return get<U32>(from < 16 ? a : b, from % 16);
  });
}
inline __m256i _mm256_permutevar8x32_epi32(const __m256i& a, const __m256i& index) {
  return each<U32, 32>([&](int i) { return get<U32>(a, get<I32>(index, i) & 7); });
}
inline __m512i _mm512_cvtepu32_epi64(const __m256i& a) {
  return each<U64>([&](int i) { return get<U32>(a, i); });
}
inline __m256i _mm512_castsi512_si256(const __m512i& a) {
  return each<U8, 32>([&](int i) { return get<U8>(a, i); });
}
inline __m256i _mm512_extracti64x4_epi64(const __m512i& a, int half) {
  return each<U8, 32>([&](int i) { return get<U8>(a, 32 * half + i); });
}
inline __m512i _mm512_broadcast_i32x4(const __m128i& a) {
  return each<U8>([&](int i) { return get<U8>(a, i % 16); });
}
inline __m512 _mm512_castsi512_ps(const __m512i& a) {
  return a;
}
inline __m512i _mm512_castps_si512(const __m512& a) {
  return a;
}
inline __m512i _mm512_i32gather_epi64(const __m256i& index, const void* from, int scale) {
  return each<U64>([&](int i) {
    U64 x = 0;
    std::memcpy(&x, static_cast<const char*>(from) + std::int64_t{get<I32>(index, i)} * scale, sizeof x);
    return x;
  });
}

}  // namespace ohmic::values
// NOLINTEND
