#include "cuda/cublaslt_library.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

#include "cuda/shared_library.h"

namespace octavo::cuda {
namespace {

constexpr size_t kLeastVersion = 120000;

#ifdef _WIN32
constexpr const char* kNames[] = {"cublasLt64_13.dll", "cublasLt64_12.dll"};
constexpr const char* kPackageFolders[] = {"nvidia/cu13/bin/x86_64", "nvidia/cublas/bin"};
constexpr const char* kToolkitFolders[] = {"bin/x64", "bin"};
constexpr char kPathSeparator = ';';
constexpr const char* kPython = "/python.exe";
#else
constexpr const char* kNames[] = {"libcublasLt.so.13", "libcublasLt.so.12"};
// Where the packages nvidia-cublas and nvidia-cublas-cu12 have it.
constexpr const char* kPackageFolders[] = {"nvidia/cu13/lib", "nvidia/cublas/lib"};
constexpr const char* kToolkitFolders[] = {"lib64", "lib"};
constexpr char kPathSeparator = ':';
constexpr const char* kPython = "/python3";
// Python 3.8 to 3.19.
constexpr int kFirstPython = 8, kLastPython = 19;
#endif

using Folders = std::vector<std::string>;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_absolute(const std::string& path) {
#ifdef _WIN32
  return path.size() > 2 && path[1] == ':';
#else
  return !path.empty() && path[0] == '/';
#endif
}

bool can_read(const std::string& file) {
  std::FILE* const opened = std::fopen(file.c_str(), "rb");
  if (opened != nullptr) std::fclose(opened);
  return opened != nullptr;
}

/// Absolute folders only: what the working directory holds is nobody's choice.
void add_folder(Folders* folders, const std::string& folder) {
  if (is_absolute(folder)) folders->push_back(folder);
}

Folders toolkits() {
  Folders all;
  for (const char* name : {"CUDA_PATH", "CUDA_HOME"}) add_folder(&all, environment(name));
#ifndef _WIN32
  all.push_back("/usr/local/cuda");
#endif
  return all;
}

/// Folders that Python environments are in: the active one, those whose programs are on the path, the user's own.
Folders python_prefixes() {
  Folders all;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) add_folder(&all, environment(name));
  std::istringstream path(environment("PATH"));
  for (std::string programs; std::getline(path, programs, kPathSeparator);) {
    if (!is_absolute(programs) || !can_read(programs + kPython)) continue;
#ifdef _WIN32
    add_folder(&all, programs);
#else
    add_folder(&all, programs + "/..");
#endif
  }
#ifndef _WIN32
  if (const std::string home = environment("HOME"); !home.empty()) add_folder(&all, home + "/.local");
#endif
  return all;
}

/// Where a prefix has its installed packages.
Folders package_folders(const std::string& prefix) {
#ifdef _WIN32
  return {prefix + "/Lib/site-packages"};
#else
  Folders all;
  for (int minor = kLastPython; minor >= kFirstPython; --minor)
    for (const char* name : {"/site-packages", "/dist-packages"})
      all.push_back(prefix + "/lib/python3." + std::to_string(minor) + name);
  return all;
#endif
}

/// Adds the libraries that are in a folder.
void add_files(std::vector<std::string>* files, const std::string& folder) {
  for (const char* name : kNames)
    if (const std::string file = folder + "/" + name; can_read(file)) files->push_back(file);
}

std::vector<std::string> installed_files() {
  std::vector<std::string> files(std::begin(kNames), std::end(kNames));
  for (const std::string& toolkit : toolkits())
    for (const char* folder : kToolkitFolders) add_files(&files, toolkit + "/" + folder);
  for (const std::string& prefix : python_prefixes())
    for (const std::string& packages : package_folders(prefix))
      for (const char* folder : kPackageFolders) add_files(&files, packages + "/" + folder);
  return files;
}

std::string text_of(size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

template <typename Function>
void find(const SharedLibrary& library, const char* name, Function* function, std::string* missing) {
  *function = reinterpret_cast<Function>(library.symbol(name));
  if (*function == nullptr && missing->empty()) *missing = name;
}

void open(const std::string& file, CublasLtLibrary* opened) {
  SharedLibrary library;
  if (!library.open(file, &opened->why_not)) return;
  CublasLtFunctions& f = opened->functions;
  std::string missing;
#define OCTAVO_FIND(name, symbol, parameters) find(library, #symbol, &f.name, &missing);
  OCTAVO_CUBLASLT_FUNCTIONS(OCTAVO_FIND)
#undef OCTAVO_FIND
  find(library, "cublasLtGetVersion", &f.version, &missing);
  if (!missing.empty()) {
    opened->why_not = file + " has no " + missing;
    return;
  }
  const size_t version = f.version();
  opened->version = text_of(version);
  if (version < kLeastVersion) opened->why_not = file + " is version " + opened->version + ", and 12 is the least";
}

}  // namespace

std::vector<std::string> cublaslt_files(const std::string& choice) {
  return choice == "auto" ? installed_files() : std::vector<std::string>{choice};
}

const CublasLtLibrary& cublaslt_library(const std::string& file) {
  static std::mutex mutex;
  static auto& opened = *new std::map<std::string, std::unique_ptr<CublasLtLibrary>>();  // past the end of the process
  const std::lock_guard lock(mutex);
  std::unique_ptr<CublasLtLibrary>& library = opened[file];
  if (library == nullptr) {
    library = std::make_unique<CublasLtLibrary>();
    open(file, library.get());
  }
  return *library;
}

}  // namespace octavo::cuda
