#include "ops/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace octavo {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F, kPrime3 = 0x165667B19E3779F9,
                   kPrime4 = 0x85EBCA77C2B2AE63, kPrime5 = 0x27D4EB2F165667C5;

template <typename T>
T load(const uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

uint64_t round_lane(uint64_t lane, uint64_t input) { return std::rotl(lane + input * kPrime2, 31) * kPrime1; }

uint64_t merge_lane(uint64_t hash, uint64_t lane) { return (hash ^ round_lane(0, lane)) * kPrime1 + kPrime4; }

/// Takes a stripe of 32 bytes.
void mix_stripe(uint64_t* lanes, const uint8_t* p) {
  for (int i = 0; i < 4; ++i) lanes[i] = round_lane(lanes[i], load<uint64_t>(p + 8 * i));
}

uint64_t join_lanes(const uint64_t* lanes) {
  uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
  for (int i = 0; i < 4; ++i) hash = merge_lane(hash, lanes[i]);
  return hash;
}

/// What is left after the stripes, and the last mixing.
uint64_t finish(uint64_t hash, const uint8_t* p, const uint8_t* end) {
  for (; end - p >= 8; p += 8) hash = std::rotl(hash ^ round_lane(0, load<uint64_t>(p)), 27) * kPrime1 + kPrime4;
  if (end - p >= 4) {
    hash = std::rotl(hash ^ load<uint32_t>(p) * kPrime1, 23) * kPrime2 + kPrime3;
    p += 4;
  }
  for (; p != end; ++p) hash = std::rotl(hash ^ *p * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace

void Xxh64::add(const void* data, size_t bytes) {
  const auto* p = static_cast<const uint8_t*>(data);
  const size_t held = bytes_ % kStripeBytes;
  bytes_ += bytes;
  if (held > 0) {
    const size_t taken = std::min(bytes, kStripeBytes - held);
    std::memcpy(rest_ + held, p, taken);
    p += taken, bytes -= taken;
    if (held + taken < kStripeBytes) return;
    mix_stripe(lanes_, rest_);
  }
  for (; bytes >= kStripeBytes; p += kStripeBytes, bytes -= kStripeBytes) mix_stripe(lanes_, p);
  if (bytes > 0) std::memcpy(rest_, p, bytes);
}

uint64_t Xxh64::digest() const {
  const uint64_t start = bytes_ >= kStripeBytes ? join_lanes(lanes_) : kPrime5;
  return finish(start + bytes_, rest_, rest_ + bytes_ % kStripeBytes);
}

uint64_t xxh64(const void* data, size_t bytes) {
  Xxh64 hash;
  hash.add(data, bytes);
  return hash.digest();
}

}  // namespace octavo
