#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX 1  // as libstdc++ itself defines it
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <windows.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "ops/file_system.h"

namespace octavo {
namespace {

std::filesystem::path path_of(const std::string& utf8) {
  return std::filesystem::path(std::u8string(utf8.begin(), utf8.end()));
}

std::string utf8_of(const std::filesystem::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

/// -1, with errno for what Windows calls GetLastError().
int fail() {
  const std::error_code error(static_cast<int>(GetLastError()), std::system_category());
  const std::error_condition condition = error.default_error_condition();
  errno = condition.category() == std::generic_category() ? condition.value() : EIO;
  return -1;
}

/// A descriptor of a file that others may replace and remove while it is open, as they may elsewhere.
int open_shared(const std::string& path, DWORD access, DWORD creation, int flags) {
  // FILE_FLAG_BACKUP_SEMANTICS opens folders too: what is wrong with them is told from their type.
  const HANDLE handle =
      CreateFileW(path_of(path).c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                  creation, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return fail();
  const int file = _open_osfhandle(reinterpret_cast<intptr_t>(handle), flags);
  if (file < 0) CloseHandle(handle);
  return file;
}

int query(HANDLE handle, FileStatus* status) {
  if (GetFileType(handle) != FILE_TYPE_DISK) {
    *status = {};
    return 0;
  }
  BY_HANDLE_FILE_INFORMATION found;
  if (!GetFileInformationByHandle(handle, &found)) return fail();
  const bool is_folder = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  const bool read_only = (found.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0;
  const uint64_t bytes = uint64_t{found.nFileSizeHigh} << 32 | found.nFileSizeLow;
  *status = {is_folder ? FileType::kFolder : FileType::kRegular, static_cast<size_t>(bytes), read_only ? 0444u : 0666u};
  return 0;
}

HANDLE handle_of(int file) { return reinterpret_cast<HANDLE>(_get_osfhandle(file)); }

}  // namespace

int open_for_reading(const std::string& path) {
  return open_shared(path, GENERIC_READ, OPEN_EXISTING, _O_RDONLY | _O_BINARY);
}

int create_file(const std::string& path) { return open_shared(path, GENERIC_WRITE, CREATE_NEW, _O_WRONLY | _O_BINARY); }

int status_of_open(int file, FileStatus* status) { return query(handle_of(file), status); }

int status_of(const std::string& path, FileStatus* status) {
  const int file = open_shared(path, 0, OPEN_EXISTING, _O_RDONLY);
  if (file < 0) return -1;
  const int code = status_of_open(file, status);
  _close(file);
  return code;
}

int64_t read_some(int file, void* target, size_t bytes) { return _read(file, target, static_cast<unsigned>(bytes)); }
int64_t write_some(int file, const void* data, size_t bytes) {
  return _write(file, data, static_cast<unsigned>(bytes));
}

int sync_file(int file) { return _commit(file); }
int close_file(int file) { return _close(file); }

std::shared_ptr<const void> map_file(int file, size_t bytes) {
  const HANDLE mapping = CreateFileMappingW(handle_of(file), nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (mapping == nullptr) return nullptr;
  void* memory = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, bytes);
  CloseHandle(mapping);  // the view holds it
  if (memory == nullptr) return nullptr;
  return {memory, [](void* mapped) { UnmapViewOfFile(mapped); }};
}

bool real_path(const std::string& path, std::string* real) {
  std::error_code error;
  const std::filesystem::path found = std::filesystem::canonical(path_of(path), error);
  if (!error) *real = utf8_of(found);
  return !error;
}

std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = path_of(path).parent_path();
  return folder.empty() ? "." : utf8_of(folder);
}

void set_permissions(const std::string& path, unsigned permissions) {
  std::error_code ignored;  // a file system that has none keeps what it has
  std::filesystem::permissions(path_of(path), static_cast<std::filesystem::perms>(permissions), ignored);
}

int rename_file(const std::string& from, const std::string& to) {
  constexpr DWORD kFlags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  return MoveFileExW(path_of(from).c_str(), path_of(to).c_str(), kFlags) ? 0 : fail();
}

void remove_file(const std::string& path) { DeleteFileW(path_of(path).c_str()); }

void sync_folder(const std::string&) {}  // the rename was written through

}  // namespace octavo
#endif
