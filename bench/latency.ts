// Calls from a service: many in flight at once, how long each takes, and whether the event loop stays free meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { QuantizedLinear } from '../lib/linear';
import { type GemmShape, showShape } from './cases/gemm_cases';
import { createLayerOperands, type LayerOperands, quantizeForPeers } from './cases/layer_operands';
import type { Contestant, PeerFactory } from './contestant';
import { watchEventLoop } from './event_loop_delay';
import { dynamicLinearModel, peerTensor } from './peers/peer_models';
import { type Latency, summarizeLatency } from './statistics';

export interface LatencyPoint {
  readonly contestant: string;
  /** Calls that are always waiting for their results: whenever one ends the next one starts. */
  readonly inFlight: number;
  readonly callsPerSecond: number;
  /** From call to result. */
  readonly latency: Latency;
  /** Lateness of a timer of a millisecond meanwhile. */
  readonly loopDelay: Latency;
}

export interface LatencyReport {
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly threads: number;
  /** Lateness of the timer while nothing runs. */
  readonly idleDelay: Latency;
  readonly points: readonly LatencyPoint[];
}

export interface LatencyCase {
  readonly suite: 'linear';
  readonly name: string;
  readonly shape: GemmShape;
  readonly heavy: boolean;
}

export interface LatencyOptions {
  readonly threads: number;
  /** Seconds of each point. */
  readonly seconds: number;
  readonly inFlight: readonly number[];
  readonly onnxruntime: PeerFactory | undefined;
}

const SHAPES: readonly GemmShape[] = [
  { m: 1, n: 3072, k: 768 },
  { m: 64, n: 3072, k: 768 },
];

export function latencyCases(): LatencyCase[] {
  return SHAPES.map((shape) => ({
    suite: 'linear',
    name: `async dynamic ${showShape(shape)}`,
    shape,
    heavy: shape.m > 1,
  }));
}

interface Caller {
  readonly name: string;
  readonly call: () => Promise<void>;
  readonly settle?: number | undefined;
  readonly dispose?: Contestant['dispose'];
}

function octavoCaller({ weight, bias, x }: LayerOperands): Caller {
  const layer = QuantizedLinear.from({ weight, bias }, { activations: 'dynamic' });
  const call = async (): Promise<void> => {
    await layer.forwardAsync(x);
  };
  return { name: 'octavo', call, dispose: () => layer.dispose() };
}

async function peerCaller(peer: PeerFactory, operands: LayerOperands): Promise<Caller> {
  const { m, n, k } = operands.shape;
  const y = peerTensor(new Float32Array(m * n), [m, n]);
  const model = dynamicLinearModel(peerTensor(operands.x.data, [m, k]), quantizeForPeers(operands), y);
  const { call, settle, dispose } = await peer.create({ ...model, ownResults: true });
  const run = async (): Promise<void> => {
    await call.run();
  };
  return { name: peer.name, call: run, settle, ...(dispose && { dispose }) };
}

/** Keeps `inFlight` calls going for `seconds`. */
export async function measureLoad(
  { name, call }: Pick<Caller, 'name' | 'call'>,
  inFlight: number,
  seconds: number,
): Promise<LatencyPoint> {
  const latencies: number[] = [];
  await call(); // the first one may have things to set up
  const stopWatching = watchEventLoop();
  const start = performance.now();
  const end = start + 1000 * seconds;
  const client = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      await call();
      const done = performance.now();
      latencies.push((done - now) / 1000);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  const callsPerSecond = (1000 * latencies.length) / (performance.now() - start);
  const loopDelay = stopWatching();
  return { contestant: name, inFlight, callsPerSecond, latency: summarizeLatency(latencies), loopDelay };
}

async function measureIdle(seconds: number): Promise<Latency> {
  const stopWatching = watchEventLoop();
  await pause(1000 * seconds);
  return stopWatching();
}

/** Loads octavo and, where it is installed, the peer with each number of calls in flight, in turn. */
export async function runLatency({ name, shape }: LatencyCase, options: LatencyOptions): Promise<LatencyReport> {
  const operands = createLayerOperands(shape);
  const callers = [octavoCaller(operands)];
  try {
    if (options.onnxruntime !== undefined) callers.push(await peerCaller(options.onnxruntime, operands));
    const idleDelay = await measureIdle(options.seconds / 2);
    const points: LatencyPoint[] = [];
    for (const inFlight of options.inFlight)
      for (const caller of callers) {
        points.push(await measureLoad(caller, inFlight, options.seconds));
        if (caller.settle !== undefined) await pause(caller.settle);
      }
    return { name, sizes: { ...shape }, threads: options.threads, idleDelay, points };
  } finally {
    for (const { dispose } of callers) await dispose?.();
  }
}
