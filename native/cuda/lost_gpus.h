// GPUs that failed for good: what a context met once, every later call in the process meets again.
#pragma once

#include <string>

#include "cuda/driver_api.h"

namespace octavo::cuda {

/// True for errors after which a GPU is of no use to the process (CUDA Driver API reference, CUresult: "the process
/// must be terminated and relaunched").
bool is_loss(Result result);

void remember_loss(int number, const std::string& why);
/// Why the GPU of this number was lost last; empty if it never was.
std::string loss_of(int number);

}  // namespace octavo::cuda
