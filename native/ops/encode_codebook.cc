#include "ops/encode_codebook.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// Values that go through the loops at once: their floats, codes and levels stay in the first level cache.
constexpr size_t kChunk = 256;
constexpr size_t kValuesPerTicket = 64 * 1024;
/// Below it, a magnitude's inverse would not be finite.
constexpr double kLeastMagnitude = 1e-38;
constexpr size_t kChains = 4;

/// The largest magnitude; not finite if a value is not. Bits of magnitudes are in their order.
float largest_magnitude(const float* x, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  float magnitude;
  std::memcpy(&magnitude, &largest, sizeof magnitude);
  return magnitude;
}

float inverse_of(float magnitude) {
  return static_cast<float>(1.0 / std::max(static_cast<double>(magnitude), kLeastMagnitude));
}

/// codes[i] of x[i] * inverse. All bounds are compared: no branch, and vectors of whatever the compiler has.
void find_codes(const float* x, size_t count, float inverse, const Codebook16& codebook, uint8_t* codes) {
  int32_t below[kChunk];
  float bounds[kCodebookSize - 1];
  std::copy_n(codebook.bounds, kCodebookSize - 1, bounds);
  for (size_t i = 0; i < count; ++i) {
    const float v = x[i] * inverse;
    int32_t n = 0;
    for (size_t b = 0; b < kCodebookSize - 1; ++b) n += v > bounds[b] ? 1 : 0;
    below[i] = n;
  }
  for (size_t i = 0; i < count; ++i) codes[i] = codebook.codes[below[i]];
}

void pack_codes(const uint8_t* codes, size_t count, uint8_t* bytes) {
  for (size_t i = 0; i + 1 < count; i += 2) bytes[i / 2] = static_cast<uint8_t>(codes[i] << 4 | codes[i + 1]);
  if (count % 2 != 0) bytes[count / 2] = static_cast<uint8_t>(codes[count - 1] << 4);
}

/// Sums of one block or piece; value i belongs to chain i % kChains.
struct Sums {
  double errors[kChains] = {}, squares[kChains] = {}, first[kChains] = {}, second[kChains] = {};

  void add(size_t i, float x, float level, float magnitude) {
    const double error = static_cast<double>(x) - static_cast<double>(level * magnitude);
    errors[i % kChains] += error * error;
    squares[i % kChains] += static_cast<double>(x) * x;
    first[i % kChains] += error * level;
    second[i % kChains] += static_cast<double>(level) * level;
  }
  static double fold(const double (&chains)[kChains]) { return (chains[0] + chains[2]) + (chains[1] + chains[3]); }
};

struct Totals {
  double errors = 0, squares = 0;
};

/// The sums of some values of a block, whose length but for the last ones is a multiple of the chains.
void add_values(const float* x, size_t count, const uint8_t* codes, const Codebook16& codebook, float magnitude,
                Sums* sums) {
  size_t i = 0;
  for (; i + kChains <= count; i += kChains)
    for (size_t c = 0; c < kChains; ++c) sums->add(c, x[i + c], codebook.table[codes[i + c]], magnitude);
  for (; i < count; ++i) sums->add(i, x[i], codebook.table[codes[i]], magnitude);
}

/// One call's work: blocks from `first` to `last`.
struct Encoder {
  const CodebookInput& input;
  const Codebook16& codebook;
  const CodebookOutput& output;

  void run(size_t first, size_t last, Totals* totals) const {
    for (size_t block = first; block < last; ++block) encode_block(block, totals);
  }

 private:
  void encode_block(size_t block, Totals* totals) const {
    const size_t begin = block * input.block, end = std::min(begin + input.block, input.count);
    const float magnitude = largest_magnitude(input.x + begin, end - begin), inverse = inverse_of(magnitude);
    output.absmax[block] = magnitude;
    if (!(magnitude <= FLT_MAX)) return;  // the call fails
    Sums sums;
    for (size_t at = begin; at < end; at += kChunk) {
      const size_t count = std::min(kChunk, end - at);
      uint8_t codes[kChunk];
      find_codes(input.x + at, count, inverse, codebook, codes);
      pack_codes(codes, count, output.codes + at / 2);
      if (output.sums != nullptr || output.moments != nullptr)
        add_values(input.x + at, count, codes, codebook, magnitude, &sums);
    }
    totals->errors += Sums::fold(sums.errors);
    totals->squares += Sums::fold(sums.squares);
    if (output.moments == nullptr) return;
    output.moments[2 * block] = magnitude > 0 ? static_cast<float>(Sums::fold(sums.first) / magnitude) : 0.0f;
    output.moments[2 * block + 1] = static_cast<float>(Sums::fold(sums.second));
  }
};

Status check_finite(const CodebookInput& input, const float* absmax, size_t blocks) {
  for (size_t block = 0; block < blocks; ++block) {
    if (absmax[block] <= FLT_MAX) continue;
    size_t i = block * input.block;
    while (std::isfinite(input.x[i])) ++i;
    const char* found = std::isnan(input.x[i]) ? "NaN" : input.x[i] > 0 ? "Infinity" : "-Infinity";
    return Status::error(Code::kRange,
                         std::string("weights must be finite, got ") + found + " at index " + std::to_string(i));
  }
  return {};
}

/// The nearest of the 256 values; of two equally near the even code.
uint8_t nearest_of_map(const float* map, float x) {
  size_t low = 0, high = 255;
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (x > map[middle] ? low : high) = middle;
  }
  const float midpoint = (map[low] + map[high]) / 2;
  if (x == midpoint) return static_cast<uint8_t>(low % 2 == 0 ? low : high);
  return static_cast<uint8_t>(x > midpoint ? high : low);
}

void nest_block(const float* magnitudes, size_t count, const float* map, float offset, uint8_t* codes, float* scale) {
  float centred[kNestedBlock];
  *scale = 0;
  for (size_t i = 0; i < count; ++i) {
    centred[i] = magnitudes[i] - offset;
    *scale = std::max(*scale, std::fabs(centred[i]));
  }
  const float inverse = *scale == 0 ? 0 : static_cast<float>(1.0 / static_cast<double>(*scale));
  // Where all are the mean, any code stands for it.
  for (size_t i = 0; i < count; ++i) codes[i] = *scale == 0 ? 0 : nearest_of_map(map, centred[i] * inverse);
}

}  // namespace

Status encode_codebook(const CodebookInput& input, const Codebook16& codebook, const CodebookOutput& output) {
  const size_t blocks = divide_up(input.count, input.block);
  const size_t per_ticket = std::max<size_t>(1, kValuesPerTicket / input.block);
  const size_t tickets = divide_up(blocks, per_ticket);
  const Encoder encoder = {input, codebook, output};
  std::vector<Totals> totals(tickets);
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t i) {
    encoder.run(i * per_ticket, std::min(blocks, (i + 1) * per_ticket), &totals[i]);
  });
  if (output.sums != nullptr) {
    output.sums[0] = output.sums[1] = 0;
    for (const Totals& one : totals) {
      output.sums[0] += one.errors;
      output.sums[1] += one.squares;
    }
  }
  return check_finite(input, output.absmax, blocks);
}

void nest_magnitudes(const float* magnitudes, size_t count, const float* map, uint8_t* codes, float* scales,
                     float* offset) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += magnitudes[i];
  *offset = count == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(count));
  const size_t blocks = divide_up(count, kNestedBlock);
  ThreadPool::instance().parallel_for(blocks, divide_up(blocks, 64), [&](size_t block) {
    const size_t begin = block * kNestedBlock;
    nest_block(magnitudes + begin, std::min(kNestedBlock, count - begin), map, *offset, codes + begin, scales + block);
  });
}

}  // namespace octavo
