// Worker thread: opens what its messages name, computes with it and disposes of it, one answer for each message.
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

const octavo = createRequire(import.meta.url)('../../dist/lib/index.js');
let opened;

const ACTIONS = {
  open({ token }) {
    opened = octavo[token.octavo].open(token);
  },
  multiply: ({ x }) => octavo.matmulInt8(x, opened).data,
  forward: ({ x }) => opened.forward(x).data,
  forwardAsync: async ({ x }) => (await opened.forwardAsync(x)).data,
  /** Starts a call and lets go of the memory at once. */
  async leave({ x }) {
    const result = opened.forwardAsync(x);
    opened.dispose();
    return (await result).data;
  },
  dispose: () => opened.dispose(),
  weightBytes: () => octavo.runtime.weightBytes,
};

parentPort.on('message', async (message) => {
  try {
    parentPort.postMessage({ result: await ACTIONS[message.action](message) });
  } catch (error) {
    parentPort.postMessage({ code: error.code, message: error.message });
  }
});
