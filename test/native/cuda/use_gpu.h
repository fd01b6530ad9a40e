// One use of the GPU from its opening on, for a process of its own.
#pragma once

namespace octavo_test {

/// Prints "ok", "wrong result", or a status as "unsupported: its message"; what the process is to end with.
int use_gpu();

}  // namespace octavo_test
