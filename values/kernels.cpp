// SPDX-License-Identifier: Apache-2.0
#include "values/kernels.hpp"

#include <algorithm>
#include <stdexcept>

#include "values/table_kernels.hpp"

namespace ohmic::values {

EnumNames enum_names(Path /*e*/) {
  return {{"automatic", 0}, {"per_cell", 1}, {"planes", 2}, {"collapsed", 3}, {"tables", 4}};
}
EnumNames enum_names(Dispatch /*e*/) {
  return {{"automatic", 0}, {"portable", 1}, {"avx2", 2}, {"avx512", 3}};
}

std::vector<Dispatch> available_dispatch() {
  std::vector<Dispatch> levels{Dispatch::portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) levels.push_back(Dispatch::avx2);
#if defined(OHMIC_EMULATE_AVX512)
  const bool has_avx512 = true;
#else
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl");
#endif
  if (has_avx512) levels.push_back(Dispatch::avx512);
#endif
  return levels;
}

namespace {

/// The level itself; the machine's best for automatic.
Dispatch resolve(Dispatch dispatch) {
  const std::vector<Dispatch> levels = available_dispatch();
  if (dispatch == Dispatch::automatic) return levels.back();
  if (std::find(levels.begin(), levels.end(), dispatch) == levels.end()) {
    throw UnsupportedPath("this machine lacks the vector instructions asked for");
  }
  return dispatch;
}

}  // namespace

const Kernels& kernels(Dispatch dispatch) {
  switch (resolve(dispatch)) {
#if defined(__x86_64__)
    case Dispatch::avx512:
      return kAvx512Kernels;
    case Dispatch::avx2:
      return kAvx2Kernels;
#endif
    default:
      return kPortableKernels;
  }
}

const TableKernels& table_kernels(Dispatch dispatch) {
  switch (resolve(dispatch)) {
#if defined(__x86_64__)
    case Dispatch::avx512:
      return kAvx512Tables;
    case Dispatch::avx2:
      return kAvx2Tables;
#endif
    default:
      return kPortableTables;
  }
}

}  // namespace ohmic::values
