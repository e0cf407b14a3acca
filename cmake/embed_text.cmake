# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=… -DFILES=a;b -P embed_text.cmake: a C++ source with the text of files, for ohmic::emit::rtl_library().
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND entries "    {\"${name}\", R\"~~~~(${text})~~~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from sim/rtl by cmake/embed_text.cmake.
#include \"emit/rtl_library.hpp\"

namespace ohmic::emit {

const std::vector<RtlFile>& rtl_library() {
  static const std::vector<RtlFile> files{
${entries}  };
  return files;
}

}  // namespace ohmic::emit
")
