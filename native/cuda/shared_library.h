// Libraries that are opened at run time, and stay open.
#pragma once

#include <string>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace octavo::cuda {

class SharedLibrary {
 public:
  /// False, with the system's reason, where there is no such library.
  bool open(const std::string& name, std::string* why_not) {
#ifdef _WIN32
    library_ = LoadLibraryA(name.c_str());
    if (library_ == nullptr) *why_not = name + ": error " + std::to_string(GetLastError());
#else
    library_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) {
      const char* const reason = dlerror();
      *why_not = reason != nullptr ? reason : name;
    }
#endif
    return library_ != nullptr;
  }

  /// Null where the library has no such function.
  void* symbol(const char* name) const {
#ifdef _WIN32
    return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library_), name));
#else
    return dlsym(library_, name);
#endif
  }

 private:
  void* library_ = nullptr;
};

}  // namespace octavo::cuda
