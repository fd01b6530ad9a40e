# Large headers, read once for all the files that include them: napi.h, doctest's, and the C++ library's. What is compiled stays the
# same, and every file still includes what it needs, since node-gyp compiles it without this.
set(octavo_std_headers <algorithm> <atomic> <cmath> <condition_variable> <cstddef> <cstdint> <cstring> <functional> <limits>
  <memory> <mutex> <string> <thread> <vector>)

target_precompile_headers(octavo_core PRIVATE ${octavo_std_headers})
target_precompile_headers(octavo_cuda REUSE_FROM octavo_core)
# Kernels include little, and each instruction set has flags of its own.
get_target_property(octavo_core_files octavo_core SOURCES)
list(FILTER octavo_core_files INCLUDE REGEX "native/kernels/")
set_source_files_properties(${octavo_core_files} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)

if(TARGET octavo)
  target_precompile_headers(octavo PRIVATE <napi.h> ${octavo_std_headers})
endif()
if(TARGET octavo_native_tests)
  target_precompile_headers(octavo_native_tests PRIVATE <doctest/doctest.h> ${octavo_std_headers})
  set_source_files_properties(test/native/main.cc test/native/gemm_i8_amx_emulated.cc
    TARGET_DIRECTORY octavo_native_tests PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()
if(TARGET octavo_cuda_tests)
  target_precompile_headers(octavo_cuda_tests PRIVATE <doctest/doctest.h> ${octavo_std_headers})
  set_source_files_properties(test/native/cuda/main.cc TARGET_DIRECTORY octavo_cuda_tests PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()
