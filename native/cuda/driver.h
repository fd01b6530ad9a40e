// NVIDIA's driver library, opened at run time: nothing is linked, and a machine without it has a reason, not an error.
#pragma once

#include <string>

#include "core/status.h"
#include "cuda/driver_api.h"

namespace octavo::cuda {

/// The driver, initialized; null where there is none, and then why. The same answer for the life of the process.
const Driver* driver(std::string* why_not);

/// kOk, or what a driver's result means: out of memory, a lost device, anything else; `doing` is what was tried.
Status status_of(Result result, const char* doing);

}  // namespace octavo::cuda
