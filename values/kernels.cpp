// SPDX-License-Identifier: Apache-2.0
#include "values/kernels.hpp"

#include <stdexcept>

namespace ohmic::values {

EnumNames enum_names(Path /*e*/) {
  return {{"automatic", 0}, {"per_cell", 1}, {"planes", 2}, {"collapsed", 3}};
}
EnumNames enum_names(Dispatch /*e*/) {
  return {{"automatic", 0}, {"portable", 1}, {"avx2", 2}, {"avx512", 3}};
}

std::vector<Dispatch> available_dispatch() {
  std::vector<Dispatch> levels{Dispatch::portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) levels.push_back(Dispatch::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    levels.push_back(Dispatch::avx512);
  }
#endif
  return levels;
}

const Kernels& kernels(Dispatch dispatch) {
  const std::vector<Dispatch> levels = available_dispatch();
  if (dispatch == Dispatch::automatic) dispatch = levels.back();
  for (const Dispatch level : levels) {
    if (level != dispatch) continue;
    switch (level) {
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
  throw std::invalid_argument("this machine lacks the vector instructions asked for");
}

}  // namespace ohmic::values
