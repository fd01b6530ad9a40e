// How the threads of a launch share an array of values, seen as [outer, channels, inner].
//
// runs      Channels with long runs of values: a block takes a chunk of one run, all of one channel.
// columns   Channels with short ones: a thread takes every step-th unit of four values. The step is a whole number of
//           [channels, inner] blocks, so that all of a thread's units have the same four channels.
#pragma once

#include <cstddef>

namespace octavo::device {

constexpr int kValueThreads = 256, kUnitsAtOnce = 4;
constexpr size_t kChunkUnits = size_t{kValueThreads} * kUnitsAtOnce, kChunkValues = 4 * kChunkUnits;

struct ValuePlan {
  size_t runs = 1, run = 0;  // how many, and their values
  size_t chunks = 0;         // of each run
  size_t step = 0;           // of columns, in units
};

}  // namespace octavo::device
