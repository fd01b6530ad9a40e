// XXH64, the 64-bit hash of the xxHash family with seed 0. It finds damage; it does not withstand forgery.
// Source: the xxHash specification, "XXH64 algorithm description".
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

uint64_t xxh64(const void* data, size_t bytes);

}  // namespace octavo
