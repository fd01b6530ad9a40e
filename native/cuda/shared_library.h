// Libraries that are opened at run time, and stay open.
#pragma once

#include <string>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

// glibc 2.34 moved these, which are older than any system that a binary is for (binding/library_floor.cc).
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
#ifdef __x86_64__
#define OCTAVO_FIRST_VERSION "GLIBC_2.2.5"
#else
#define OCTAVO_FIRST_VERSION "GLIBC_2.17"
#endif
__asm__(".symver dlopen, dlopen@" OCTAVO_FIRST_VERSION);
__asm__(".symver dlsym, dlsym@" OCTAVO_FIRST_VERSION);
__asm__(".symver dlerror, dlerror@" OCTAVO_FIRST_VERSION);
#undef OCTAVO_FIRST_VERSION
#endif
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
