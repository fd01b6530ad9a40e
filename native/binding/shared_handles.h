// What the threads of this process share: native objects by ids that nobody can guess.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "binding/handles.h"

namespace octavo {

/// Keeps nothing alive: an object can be opened for as long as some handle or job in the process holds it.
class SharedHandles {
 public:
  static SharedHandles& instance();

  /// The id of a handle's object, the same for every handle of it that was opened from another.
  std::string share(Handle& handle);
  /// A handle of the object with this id; a disposed one if there is none any more, or never was.
  Handle open(const std::string& id);

 private:
  void drop_expired();

  std::mutex mutex_;
  std::unordered_map<std::string, HandleTypes::Weak> entries_;
  size_t next_drop_ = 64;  // entries that make it worth looking for expired ones
};

}  // namespace octavo
