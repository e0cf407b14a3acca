# SPDX-License-Identifier: Apache-2.0
# The way of the data: a folder may include, and links, only what stands before it.
set(OHMIC_FOLDERS base workloads models mapping values sim report emit explore)

# ohmic_library(name [LINK …]): an OBJECT library `ohmic_<name>` of every .cpp in the folder. OBJECT, because parts
# register themselves at start-up and a static archive would drop those that nothing names.
function(ohmic_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(ohmic_${name} OBJECT ${sources})
  target_link_libraries(ohmic_${name} PUBLIC fmt::fmt nlohmann_json::nlohmann_json ${ARG_LINK})
endfunction()

# Links a program with the object libraries of every folder up to and including `last`.
function(ohmic_link_up_to target last)
  foreach(folder ${OHMIC_FOLDERS})
    if(TARGET ohmic_${folder})
      target_link_libraries(${target} PRIVATE ohmic_${folder})
    endif()
    if(folder STREQUAL last)
      break()
    endif()
  endforeach()
endfunction()
