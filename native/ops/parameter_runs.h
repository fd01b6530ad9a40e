// Stretches of a tensor whose values share their parameters, or have them in a row.
#pragma once

#include <algorithm>
#include <cstddef>

#include "ops/quantize.h"
#include "ops/thread_pool.h"

namespace octavo {

/// For values [begin, end) of a tensor: uniform(at, n, channel) for n values of one channel, columns(at, n, channel)
/// for values of n channels from that one on.
template <typename Uniform, typename Columns>
void for_parameter_runs(size_t begin, size_t end, const ChannelParams& params, const Uniform& uniform,
                        const Columns& columns) {
  if (params.channels == 1) return uniform(begin, end - begin, size_t{0});
  for (size_t at = begin; at < end;) {
    if (params.inner == 1) {
      const size_t channel = at % params.channels, n = std::min(params.channels - channel, end - at);
      columns(at, n, channel);
      at += n;
    } else {
      const size_t n = std::min(params.inner - at % params.inner, end - at);
      uniform(at, n, at / params.inner % params.channels);
      at += n;
    }
  }
}

/// Values that go through a buffer at a time: an even number.
constexpr size_t kChunkValues = 4096;

/// Calls run(begin, end) for chunks of [0, count), on all threads.
template <typename Run>
void for_chunks(size_t count, const Run& run) {
  constexpr size_t kChunksPerTicket = 32, kTicketValues = kChunksPerTicket * kChunkValues;
  const size_t tickets = (count + kTicketValues - 1) / kTicketValues;
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
    const size_t last = std::min(count, (ticket + 1) * kTicketValues);
    for (size_t at = ticket * kTicketValues; at < last; at += kChunkValues) run(at, std::min(at + kChunkValues, last));
  });
}

}  // namespace octavo
