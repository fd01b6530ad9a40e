// NVIDIA's cuBLASLt, opened at run time where it is installed: by the system's loader, with a CUDA toolkit, or in a
// Python environment that has it from a package.
#pragma once

#include <string>
#include <vector>

#include "cuda/cublaslt_api.h"

namespace octavo::cuda {

/// One library, open for the life of the process.
struct CublasLtLibrary {
  CublasLtFunctions functions;
  std::string version;  // '13.0.2'
  std::string why_not;  // empty: it can be used
};

/// What to open, in order, as the loader takes it: names and paths of files. `choice` is "auto" or one such file.
std::vector<std::string> cublaslt_files(const std::string& choice);

/// Opens a file, or says again what became of it.
const CublasLtLibrary& cublaslt_library(const std::string& file);

}  // namespace octavo::cuda
