// SPDX-License-Identifier: Apache-2.0
// AVX-512 intrinsics and what functions that use them are compiled for. A build with OHMIC_EMULATE_AVX512 takes them
// from avx512_emulated.hpp, so that the kernels of that level can be tested on any machine.
#pragma once

#if defined(OHMIC_EMULATE_AVX512)

#include "values/avx512_emulated.hpp"

#define OHMIC_AVX512

#else

#include <immintrin.h>

#define OHMIC_AVX512 __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl")))

#endif
