#include "cuda/lost_gpus.h"

#include <map>
#include <mutex>

namespace octavo::cuda {
namespace {

struct Losses {
  std::mutex mutex;
  std::map<int, std::string> reasons;
};

/// Never freed: the queues of devices may run until the process is gone.
Losses& losses() {
  static Losses& once = *new Losses();
  return once;
}

}  // namespace

bool is_loss(Result result) {
  switch (result) {
    case Result::kDeinitialized:
    case Result::kDeviceUnavailable:
    case Result::kEccUncorrectable:
    case Result::kNvlinkUncorrectable:
    case Result::kIllegalAddress:
    case Result::kLaunchTimeout:
    case Result::kContextDestroyed:
    case Result::kAssert:
    case Result::kHardwareStackError:
    case Result::kIllegalInstruction:
    case Result::kMisalignedAddress:
    case Result::kInvalidAddressSpace:
    case Result::kInvalidPc:
    case Result::kLaunchFailed:
      return true;
    default:
      return false;
  }
}

void remember_loss(int number, const std::string& why) {
  const std::lock_guard lock(losses().mutex);
  losses().reasons.insert_or_assign(number, why);
}

std::string loss_of(int number) {
  const std::lock_guard lock(losses().mutex);
  const auto found = losses().reasons.find(number);
  return found == losses().reasons.end() ? std::string() : found->second;
}

}  // namespace octavo::cuda
