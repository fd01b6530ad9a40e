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

#ifdef __APPLE__
constexpr const char* kRemedy = "; there is none for macOS";
#else
constexpr const char* kRemedy = "; a machine with an NVIDIA GPU needs its driver, and a container leave to use it";
#endif

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
#define OCTAVO_FIND(name, symbol, parameters) find(library, #symbol, &d->name, &missing);
#define OCTAVO_FIND_OPTIONAL(name, symbol, parameters) find(library, #symbol, &d->name, nullptr);
  OCTAVO_DRIVER_FUNCTIONS(OCTAVO_FIND)
  OCTAVO_DRIVER_OPTIONAL(OCTAVO_FIND_OPTIONAL)
  return missing;
}

std::string describe(const Driver& d, Result result) {
  const char *name = nullptr, *text = nullptr;
  if (d.error_name(result, &name) != Result::kSuccess || d.error_text(result, &text) != Result::kSuccess)
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
    loaded.why_not = "no NVIDIA driver: " + reason + kRemedy;
    return loaded;
  }
  if (const std::string missing = find_all(library, &loaded.functions); !missing.empty()) {
    loaded.why_not = "the NVIDIA driver is too old: it has no " + missing;
    return loaded;
  }
  if (const Result result = loaded.functions.init(0); result != Result::kSuccess)
    loaded.why_not = "the NVIDIA driver does not start: " + describe(loaded.functions, result);
  return loaded;
}

/// Never freed: the queues of devices may run until the process is gone.
const Loaded& loaded() {
  static const Loaded& once = *new Loaded(load());
  return once;
}

Code code_of(Result result) {
  if (result == Result::kOutOfMemory) return Code::kMemory;
  return Code::kDevice;
}

}  // namespace

const Driver* driver(std::string* why_not) {
  *why_not = loaded().why_not;
  return why_not->empty() ? &loaded().functions : nullptr;
}

Status status_of(Result result, const char* doing) {
  if (result == Result::kSuccess) return {};
  return Status::error(code_of(result), std::string(doing) + ": " + describe(loaded().functions, result));
}

}  // namespace octavo::cuda
