# SPDX-License-Identifier: Apache-2.0
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(TBB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ONNX REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED CONFIG COMPONENTS program_options)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
# Debian builds SystemC for C++17 and checks that at link time; the library's own override lets C++20 code link.
set(OHMIC_SYSTEMC_DEFINITION SC_CPLUSPLUS=201703L)
# Debian's CMake package of oneDNN asks for OpenCL, which nothing here uses.
find_library(OHMIC_DNNL_LIBRARY dnnl REQUIRED)
