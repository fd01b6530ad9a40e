#include "contest.h"

#include <algorithm>
#include <chrono>

#include "dispatch/dispatch.h"
#include "ops/measure.h"

namespace octavo::bench {
namespace {

constexpr double kSampleSeconds = 0.001;
constexpr double kWarmUpSeconds = 0.03;
constexpr double kPeakMilliseconds = 2;
constexpr size_t kMinRounds = 5;
constexpr size_t kMaxRounds = 200;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double time_calls(const Contestant& contestant, size_t calls) {
  const double start = seconds_now();
  for (size_t i = 0; i < calls; ++i) contestant.run();
  return seconds_now() - start;
}

/// Warms up and returns how many calls make one sample.
size_t calls_per_sample(const Contestant& contestant) {
  size_t calls = 1;
  for (double spent = 0;;) {
    const double seconds = time_calls(contestant, calls);
    spent += seconds;
    const double wanted = static_cast<double>(calls) * 1.1 * kSampleSeconds / std::max(seconds, 1e-9);
    const size_t next = std::max<size_t>(1, static_cast<size_t>(wanted + 1));
    if (spent >= kWarmUpSeconds) return next;
    calls = std::min(next, calls * 16);
  }
}

Timing summarize(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const size_t half = samples.size() / 2;
  const double median = samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
  return {samples.front(), median};
}

}  // namespace

Timing time_alone(const std::function<void()>& run, double seconds) {
  const Contestant alone = {"", run, nullptr};
  const size_t calls = calls_per_sample(alone);
  std::vector<double> samples;
  const double end = seconds_now() + seconds;
  while (samples.size() < kMinRounds || seconds_now() < end)
    samples.push_back(time_calls(alone, calls) / static_cast<double>(calls));
  return summarize(std::move(samples));
}

Contest play(const std::vector<Contestant>& contestants, GemmType type, double seconds) {
  const PeakKind kind = type == GemmType::kFloat32 ? PeakKind::kFloat32 : PeakKind::kInt8;
  std::vector<size_t> calls;
  for (const Contestant& contestant : contestants) calls.push_back(calls_per_sample(contestant));
  std::vector<std::vector<double>> samples(contestants.size() + 1);
  const double end = seconds_now() + seconds;
  for (size_t round = 0; round < kMaxRounds && (round < kMinRounds || seconds_now() < end); ++round) {
    for (size_t turn = 0; turn < samples.size(); ++turn) {
      // The order rotates, so that nobody always follows the same neighbour.
      const size_t seat = (round + turn) % samples.size();
      if (seat == contestants.size()) {
        samples[seat].push_back(1 / measure_peak(active_kernel_set(), kind, kPeakMilliseconds));
        continue;
      }
      time_calls(contestants[seat], 1);  // others ran meanwhile: bring the operands back into the caches
      samples[seat].push_back(time_calls(contestants[seat], calls[seat]) / static_cast<double>(calls[seat]));
    }
  }
  Contest contest = {{}, summarize(samples.back())};
  for (size_t i = 0; i < contestants.size(); ++i) contest.timings.push_back(summarize(samples[i]));
  return contest;
}

}  // namespace octavo::bench
