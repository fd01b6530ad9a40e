#include "cuda/driver.h"

#include <cstdlib>

#include "cuda/shared_library.h"

namespace octavo::cuda {
namespace {

#ifdef _WIN32
constexpr const char* kLibrary = "nvcuda.dll";
#else
constexpr const char* kLibrary = "libcuda.so.1";
#endif

// cuda.h gives many functions a version by a macro: names are quoted after such macros, or before.
#define OCTAVO_QUOTE(name) #name
#define OCTAVO_QUOTE_EXPANDED(name) OCTAVO_QUOTE(name)

struct Loaded {
  Driver functions;
  std::string why_not;  // empty: it is there
};

template <typename Function>
void find(const SharedLibrary& library, const char* name, Function* function, std::string* missing) {
  *function = reinterpret_cast<Function>(library.symbol(name));
  if (*function == nullptr && missing != nullptr && missing->empty()) *missing = name;
}

/// The name of the first function that the library lacks; empty if it has all.
std::string find_all(const SharedLibrary& library, Driver* d) {
  std::string missing;
#define OCTAVO_FIND(name) find(library, OCTAVO_QUOTE_EXPANDED(cu##name), &d->name, &missing);
#define OCTAVO_FIND_FIRST(name) find(library, "cu" #name, &d->name, &missing);
#define OCTAVO_FIND_OPTIONAL(name) find(library, OCTAVO_QUOTE_EXPANDED(cu##name), &d->name, nullptr);
  OCTAVO_DRIVER_FUNCTIONS(OCTAVO_FIND)
  OCTAVO_DRIVER_FIRST_FORMS(OCTAVO_FIND_FIRST)
  OCTAVO_DRIVER_OPTIONAL(OCTAVO_FIND_OPTIONAL)
  return missing;
}

std::string describe(const Driver& d, CUresult result) {
  const char *name = nullptr, *text = nullptr;
  if (d.GetErrorName(result, &name) != CUDA_SUCCESS || d.GetErrorString(result, &text) != CUDA_SUCCESS)
    return "error " + std::to_string(static_cast<int>(result));
  return std::string(text) + " (" + name + ")";
}

Loaded load() {
  const char* const chosen = std::getenv("OCTAVO_CUDA_DRIVER");
  const std::string name = chosen != nullptr && *chosen != '\0' ? chosen : kLibrary;
  Loaded loaded;
  SharedLibrary library;
  std::string reason;
  if (!library.open(name, &reason)) {
    loaded.why_not = "no NVIDIA driver: " + reason;
    return loaded;
  }
  if (const std::string missing = find_all(library, &loaded.functions); !missing.empty()) {
    loaded.why_not = "the NVIDIA driver is too old: it has no " + missing;
    return loaded;
  }
  if (const CUresult result = loaded.functions.Init(0); result != CUDA_SUCCESS)
    loaded.why_not = "the NVIDIA driver does not start: " + describe(loaded.functions, result);
  return loaded;
}

const Loaded& loaded() {
  static const Loaded once = load();
  return once;
}

Code code_of(CUresult result) {
  if (result == CUDA_ERROR_OUT_OF_MEMORY) return Code::kMemory;
  return Code::kDevice;
}

}  // namespace

const Driver* driver(std::string* why_not) {
  *why_not = loaded().why_not;
  return why_not->empty() ? &loaded().functions : nullptr;
}

Status status_of(CUresult result, const char* doing) {
  if (result == CUDA_SUCCESS) return {};
  return Status::error(code_of(result), std::string(doing) + ": " + describe(loaded().functions, result));
}

}  // namespace octavo::cuda
