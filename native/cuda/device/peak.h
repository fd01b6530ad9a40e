// What a GPU can do at most, and nothing else: its memory read or copied once, its tensor cores fed from registers or
// from shared memory alone. Every kernel leaves a sum, so that no part of its work can be left out.
#pragma once

#include "cuda/device/matrix_instructions.h"
#include "cuda/device/memory_instructions.h"

namespace octavo::device {

constexpr int kPeakThreads = 256;

struct alignas(16) Words4 {
  uint32_t words[4];
};

/// Calls use(index) for each of `count` pieces, by all threads of the grid together: neighbours at a time, four under
/// way in each thread.
template <typename Load, typename Use>
OCTAVO_DEVICE void stream_pieces(size_t count, Load&& load, Use&& use) {
  constexpr int kAtOnce = 4;
  const size_t step = size_t{gridDim.x} * blockDim.x;
  size_t at = size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  for (; at + (kAtOnce - 1) * step < count; at += kAtOnce * step) {
    Words4 pieces[kAtOnce];
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) pieces[i] = load(at + static_cast<size_t>(i) * step);
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) use(at + static_cast<size_t>(i) * step, pieces[i]);
  }
  for (; at < count; at += step) use(at, load(at));
}

OCTAVO_DEVICE uint32_t sum_of(const Words4& piece) {
  return piece.words[0] + piece.words[1] + piece.words[2] + piece.words[3];
}

/// Adds the sum of one value of each of the block's threads to *sink.
OCTAVO_DEVICE void add_from_block(uint32_t value, uint32_t* shared, uint32_t* sink) {
  shared[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) add_to_memory(sink, shared[0]);
}

/// Four bytes that have nothing in common with their neighbours': what a tensor core computes decides how much power
/// it takes, and so how fast it may run.
OCTAVO_DEVICE uint32_t mixed_bytes(uint32_t number) {
  number *= 0x9E3779B1u;
  number ^= number >> 15;
  return number * 0x85EBCA77u;
}

/// Each warp's products of one 16 x 32 by eight 32 x 8 matrices, `repeats` times; returns the sum of the thread's
/// sums.
OCTAVO_DEVICE uint32_t multiply_in_registers(size_t repeats) {
  constexpr int kMatrices = 8;
  const unsigned lane = threadIdx.x % 32;
  const uint32_t a[4] = {mixed_bytes(lane), mixed_bytes(lane + 32), mixed_bytes(lane + 64), mixed_bytes(lane + 96)};
  uint32_t b[kMatrices][2];
  int32_t sums[kMatrices][4] = {};
#pragma unroll
  for (int j = 0; j < kMatrices; ++j)
#pragma unroll
    for (int i = 0; i < 2; ++i) b[j][i] = mixed_bytes(128 + lane + 32 * static_cast<unsigned>(2 * j + i));
  for (size_t repeat = 0; repeat < repeats; ++repeat)
#pragma unroll
    for (int j = 0; j < kMatrices; ++j) multiply_16x8x32<true>(sums[j], a, b[j]);
  uint32_t sum = 0;
#pragma unroll
  for (int j = 0; j < kMatrices; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) sum += static_cast<uint32_t>(sums[j][i]);
  return sum;
}

}  // namespace octavo::device
