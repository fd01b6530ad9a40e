// Valid arguments of the addon's calls that a GPU is measured with.

export function rawMeasuringCalls({ device, memory }) {
  const product = (random, output) => ({
    m: random.integer(0, 3),
    n: 16,
    k: 32,
    path: random.pick(['best', 'own', 'few', 'small', 'large', 'wgmma', 'cublasLt']),
    output,
    algorithm: 0,
    inverseScale: 1,
  });
  const operands = (random) => {
    const output = random.pick(['int32', 'float32', 'float16', 'int8']);
    const scales = output === 'int32' ? null : memory(4 * (3 + 16));
    return [device(), product(random, output), memory(3 * 32), memory(16 * 32), memory(3 * 16 * 4), scales];
  };
  return {
    cudaProperties: () => [device()],
    cudaTime: (random) => [device(), random.integer(0, 1000), random.integer(0, 3), () => undefined],
    cudaTimeTransfers: (random) => [device(), random.chance(0.5), random.integer(0, 1000), random.integer(1, 3)],
    cudaPeak(random) {
      const kind = random.pick(['copy', 'read', 'mma', 'wgmma']);
      return kind.endsWith('mma') ? [device(), kind, memory(16), 1] : [device(), kind, memory(64), 64, memory(64)];
    },
    cudaContestGemm: operands,
    cudaCountAlgorithms: operands,
    cudaScaleSums: (random) => [device(), random.integer(0, 4), 8, memory(128), memory(48), memory(64)],
    cudaQuantizeRows: (random) => [device(), random.integer(0, 2), 16, memory(128), memory(32), memory(8)],
  };
}
