#include "emulated_tiles.h"

#include <cstdint>
#include <cstring>

namespace octavo_test {
namespace {

constexpr int kTiles = 8, kMostRows = 16, kMostBytes = 64;

struct Tile {
  int rows = 0, row_bytes = 0;
  alignas(64) uint8_t data[kMostRows][kMostBytes] = {};
};

struct State {
  bool configured = false;
  Tile tiles[kTiles];
};

thread_local State state;

void require(bool condition, const char* fault) {
  if (!condition) throw TileFault(fault);
}

Tile& usable(int tile) {
  require(state.configured, "#UD: tiles are not configured");
  require(tile >= 0 && tile < kTiles, "#UD: no such tile");
  require(state.tiles[tile].rows > 0, "#UD: the tile has no rows");
  return state.tiles[tile];
}

}  // namespace

void load_tile_config(const void* config) {
  uint8_t bytes[64];
  std::memcpy(bytes, config, sizeof bytes);
  state = {};
  if (bytes[0] == 0) return;
  require(bytes[0] == 1, "#GP: palette");
  for (int i = 2; i < 16; ++i) require(bytes[i] == 0, "#GP: reserved bytes of the configuration");
  for (int i = 0; i < 16; ++i) {
    const int row_bytes = bytes[16 + 2 * i] | bytes[17 + 2 * i] << 8, rows = bytes[48 + i];
    require(i < kTiles || (row_bytes == 0 && rows == 0), "#GP: palette 1 has eight tiles");
    require(row_bytes <= kMostBytes && rows <= kMostRows, "#GP: larger than a tile");
    require((row_bytes == 0) == (rows == 0), "#GP: rows without bytes, or bytes without rows");
    if (i < kTiles) state.tiles[i].rows = rows, state.tiles[i].row_bytes = row_bytes;
  }
  state.configured = true;
}

void release_tiles() { state = {}; }

bool tiles_in_use() { return state.configured; }

void zero_tile(int tile) { std::memset(usable(tile).data, 0, sizeof(Tile::data)); }

void load_tile(int tile, const void* base, size_t stride_bytes) {
  Tile& t = usable(tile);
  std::memset(t.data, 0, sizeof t.data);
  for (int r = 0; r < t.rows; ++r)
    std::memcpy(t.data[r], static_cast<const uint8_t*>(base) + static_cast<size_t>(r) * stride_bytes,
                static_cast<size_t>(t.row_bytes));
}

void store_tile(int tile, void* base, size_t stride_bytes) {
  const Tile& t = usable(tile);
  for (int r = 0; r < t.rows; ++r)
    std::memcpy(static_cast<uint8_t*>(base) + static_cast<size_t>(r) * stride_bytes, t.data[r],
                static_cast<size_t>(t.row_bytes));
}

void add_tile_product(int sums, int a, int b, bool a_signed) {
  Tile &c = usable(sums), &x = usable(a), &y = usable(b);
  require(sums != a && sums != b && a != b, "#UD: one tile twice");
  require(c.rows == x.rows, "#UD: rows of the sums and of a differ");
  require(c.row_bytes == y.row_bytes, "#UD: columns of the sums and of b differ");
  require(c.row_bytes % 4 == 0 && x.row_bytes % 4 == 0, "#UD: bytes are not whole groups of four");
  require(x.row_bytes / 4 == y.rows, "#UD: columns of a and rows of b differ");
  for (int r = 0; r < c.rows; ++r)
    for (int j = 0; j < c.row_bytes / 4; ++j) {
      uint32_t sum;
      std::memcpy(&sum, c.data[r] + 4 * j, sizeof sum);
      for (int p = 0; p < x.row_bytes; ++p) {
        const int32_t left = a_signed ? static_cast<int8_t>(x.data[r][p]) : x.data[r][p];
        sum += static_cast<uint32_t>(left * static_cast<int8_t>(y.data[p / 4][4 * j + p % 4]));
      }
      std::memcpy(c.data[r] + 4 * j, &sum, sizeof sum);
    }
}

}  // namespace octavo_test
