// The result of a native operation: ok, or a code and a message. Native code never throws, prints or aborts.
#pragma once

#include <string>
#include <utility>

namespace octavo {

enum class Code { kOk, kShape, kDtype, kRange, kDisposed, kUnsupported, kFile, kMemory, kDevice, kNative };

struct Status {
  Code code = Code::kOk;
  std::string message;

  bool ok() const { return code == Code::kOk; }
  static Status error(Code code, std::string message) { return {code, std::move(message)}; }
};

}  // namespace octavo
