#ifndef _WIN32
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "ops/file_system.h"

namespace octavo {
namespace {

FileType type_of(unsigned mode) {
  if (S_ISREG(mode)) return FileType::kRegular;
  return S_ISDIR(mode) ? FileType::kFolder : FileType::kOther;
}

/// The status of `path`, or of the open file if that is empty.
int query(int file, const char* path, FileStatus* status) {
#ifdef __GLIBC__
  // stat() became a function of its own in glibc 2.33: a binary that calls it runs on none before.
  struct statx found;
  const int code = ::statx(file, path, AT_EMPTY_PATH, STATX_TYPE | STATX_MODE | STATX_SIZE, &found);
  if (code == 0) *status = {type_of(found.stx_mode), static_cast<size_t>(found.stx_size), found.stx_mode & 0777u};
#else
  struct stat found;
  const int code = *path == '\0' ? ::fstat(file, &found) : ::stat(path, &found);
  if (code == 0) *status = {type_of(found.st_mode), static_cast<size_t>(found.st_size), found.st_mode & 0777u};
#endif
  return code;
}

}  // namespace

// O_NONBLOCK: opening a named pipe without a writer must not hang.
int open_for_reading(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }
int create_file(const std::string& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }

int status_of_open(int file, FileStatus* status) { return query(file, "", status); }
int status_of(const std::string& path, FileStatus* status) { return query(AT_FDCWD, path.c_str(), status); }

int64_t read_some(int file, void* target, size_t bytes) { return ::read(file, target, bytes); }
int64_t write_some(int file, const void* data, size_t bytes) { return ::write(file, data, bytes); }

int sync_file(int file) {
#ifdef F_FULLFSYNC
  // macOS: fsync() leaves the bytes in the disk's cache; not every file system has the other.
  if (::fcntl(file, F_FULLFSYNC) == 0) return 0;
#endif
  return ::fsync(file);
}

int close_file(int file) { return ::close(file); }

std::shared_ptr<const void> map_file(int file, size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {memory, [bytes](void* mapped) { ::munmap(mapped, bytes); }};
}

bool real_path(const std::string& path, std::string* real) {
  char* found = ::realpath(path.c_str(), nullptr);
  if (found == nullptr) return false;
  *real = found;
  std::free(found);
  return true;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

void set_permissions(const std::string& path, unsigned permissions) {
  // A file system that has none keeps what it has.
  if (::chmod(path.c_str(), static_cast<mode_t>(permissions)) != 0) return;
}

int rename_file(const std::string& from, const std::string& to) { return std::rename(from.c_str(), to.c_str()); }

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace octavo
#endif
