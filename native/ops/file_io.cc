#include "ops/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/random_id.h"

#ifdef _WIN32
#include <io.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace octavo {
namespace {

/// One call to the system moves at most this many bytes.
constexpr size_t kMaxChunkBytes = size_t{1} << 30;

std::filesystem::path path_of(const std::string& utf8) {
  return std::filesystem::path(std::u8string(utf8.begin(), utf8.end()));
}

#ifdef _WIN32
using FileStatus = struct _stat64;
int open_for_reading(const std::filesystem::path& path) { return _wopen(path.c_str(), _O_RDONLY | _O_BINARY); }
int create(const std::filesystem::path& path) {
  return _wopen(path.c_str(), _O_WRONLY | _O_BINARY | _O_CREAT | _O_EXCL, _S_IREAD | _S_IWRITE);
}
int64_t read_some(int file, void* target, size_t bytes) { return _read(file, target, static_cast<unsigned>(bytes)); }
int64_t write_some(int file, const void* data, size_t bytes) {
  return _write(file, data, static_cast<unsigned>(bytes));
}
int status_of(int file, FileStatus* status) { return _fstat64(file, status); }
bool is_folder(const FileStatus& status) { return (status.st_mode & _S_IFDIR) != 0; }
bool is_regular(const FileStatus& status) { return (status.st_mode & _S_IFREG) != 0; }
int sync_file(int file) { return _commit(file); }
int close_file(int file) { return _close(file); }
void sync_folder(const std::filesystem::path&) {}
#else
using FileStatus = struct stat;
// O_NONBLOCK: opening a named pipe without a writer must not hang.
int open_for_reading(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}
int create(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}
int64_t read_some(int file, void* target, size_t bytes) { return ::read(file, target, bytes); }
int64_t write_some(int file, const void* data, size_t bytes) { return ::write(file, data, bytes); }
int status_of(int file, FileStatus* status) { return ::fstat(file, status); }
bool is_folder(const FileStatus& status) { return S_ISDIR(status.st_mode); }
bool is_regular(const FileStatus& status) { return S_ISREG(status.st_mode); }
int sync_file(int file) { return ::fsync(file); }
int close_file(int file) { return ::close(file); }
/// A rename is durable once its folder is on disk; systems that cannot sync a folder do without.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}
#endif

/// "cannot read: no such file or directory"
Status failure(const char* action, const std::error_code& cause) {
  std::string text = cause.message();
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] += 'a' - 'A';
  return Status::error(Code::kFile, std::string("cannot ") + action + ": " + text);
}
Status failure(const char* action, int number) { return failure(action, {number, std::generic_category()}); }

Status check_path(const char* action, const std::string& path) {
  return path.find('\0') == std::string::npos ? Status() : failure(action, EINVAL);
}

Status write_part(int file, const FilePart& part) {
  for (size_t done = 0; done < part.bytes;) {
    const auto* data = static_cast<const char*>(part.data) + done;
    const int64_t wrote = write_some(file, data, std::min(kMaxChunkBytes, part.bytes - done));
    if (wrote < 0 && errno != EINTR) return failure("write", errno);
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  return {};
}

Status write_and_sync(int file, const std::vector<FilePart>& parts) {
  Status status;
  for (const FilePart& part : parts)
    if (status.ok()) status = write_part(file, part);
  if (status.ok() && sync_file(file) != 0) status = failure("write", errno);
  if (close_file(file) != 0 && status.ok()) status = failure("write", errno);
  return status;
}

/// The file that a path stands for: what a symbolic link names, or a file that is not there yet, without permissions.
struct Target {
  std::filesystem::path path;
  std::filesystem::perms permissions = std::filesystem::perms::unknown;
};

/// Nothing but a regular file is replaced.
Status find_target(const std::string& path, Target* target) {
  if (path.empty()) return failure("write", ENOENT);
  if (Status s = check_path("write", path); !s.ok()) return s;
  std::error_code error;
  target->path = std::filesystem::canonical(path_of(path), error);
  if (error) target->path = std::filesystem::absolute(path_of(path), error);
  const std::filesystem::file_status found = std::filesystem::status(target->path, error);
  if (found.type() == std::filesystem::file_type::directory) return failure("write", EISDIR);
  if (error || found.type() == std::filesystem::file_type::not_found) return {};
  target->permissions = found.permissions() & std::filesystem::perms::all;
  if (found.type() == std::filesystem::file_type::regular) return {};
  return Status::error(Code::kFile, "cannot write: not a regular file");
}

}  // namespace

InputFile::~InputFile() {
  if (descriptor_ >= 0) close_file(descriptor_);
}

Status InputFile::open(const std::string& path) {
  if (Status s = check_path("read", path); !s.ok()) return s;
  descriptor_ = open_for_reading(path_of(path));
  FileStatus status{};
  if (descriptor_ < 0 || status_of(descriptor_, &status) != 0) return failure("read", errno);
  if (is_folder(status)) return failure("read", EISDIR);
  if (!is_regular(status)) return Status::error(Code::kFile, "cannot read: not a regular file");
  size_bytes_ = static_cast<size_t>(status.st_size);
  return {};
}

Status InputFile::read(void* target, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const int64_t got =
        read_some(descriptor_, static_cast<char*>(target) + done, std::min(kMaxChunkBytes, bytes - done));
    if (got == 0) return Status::error(Code::kFile, "became shorter while it was read");
    if (got < 0 && errno != EINTR) return failure("read", errno);
    if (got > 0) done += static_cast<size_t>(got);
  }
  return {};
}

std::shared_ptr<const void> InputFile::map() const {
#ifdef _WIN32
  return nullptr;
#else
  const size_t bytes = size_bytes_;
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor_, 0);
  if (memory == MAP_FAILED) return nullptr;
  return std::shared_ptr<const void>(memory, [bytes](void* mapped) { ::munmap(mapped, bytes); });
#endif
}

Status replace_file(const std::string& path, const std::vector<FilePart>& parts) {
  Target target;
  if (Status s = find_target(path, &target); !s.ok()) return s;
  const std::filesystem::path folder = target.path.parent_path();
  const std::filesystem::path temporary = folder / (".octavo-" + random_id() + ".tmp");
  const int file = create(temporary);
  if (file < 0) return failure("write", errno);
  std::error_code error;
  if (target.permissions != std::filesystem::perms::unknown)
    std::filesystem::permissions(temporary, target.permissions, error);  // where the file system has any
  Status status = write_and_sync(file, parts);
  if (status.ok()) {
    std::filesystem::rename(temporary, target.path, error);
    if (error) status = failure("write", error);
  }
  if (!status.ok())
    std::filesystem::remove(temporary, error);
  else
    sync_folder(folder);
  return status;
}

}  // namespace octavo
