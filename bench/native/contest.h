// Times contestants in turn, round by round, beside the machine's own peak.
#pragma once

#include <functional>
#include <vector>

#include "contestant.h"

namespace octavo::bench {

struct Timing {
  double best, median;  // seconds per call
};

struct Contest {
  std::vector<Timing> timings;  // in the order of the contestants
  Timing peak;                  // seconds per operation of the register-only loop
};

/// A run on its own, again and again for about `seconds`; warmed up, a sample as in play().
Timing time_alone(const std::function<void()>& run, double seconds);

/// Rounds go on for about `seconds`, at least five. Warms up first; a sample lasts a millisecond or one call.
Contest play(const std::vector<Contestant>& contestants, GemmType type, double seconds);

}  // namespace octavo::bench
