// A tensor that goes through as it is.
import { OWNED, type TensorInfo } from '../safetensors';
import type { TensorJob } from './tensor_job';
import { forWindows } from './windows';

const WINDOW_BYTES = 2 ** 22;

export function copyJob(source: TensorInfo): TensorJob {
  const { name, dtype, dims, bytes } = source;
  return {
    source,
    outputs: [{ name, dtype, dims }],
    async run(context) {
      const { reader, writer, advance } = context;
      await forWindows(Math.ceil(bytes / WINDOW_BYTES), context, async (window, lane) => {
        const begin = window * WINDOW_BYTES;
        const part = lane.bytes(Math.min(WINDOW_BYTES, bytes - begin));
        await reader.readInto(name, part, begin, OWNED);
        await writer.write(name, part, begin, OWNED);
        advance(part.length);
      });
      return undefined;
    },
  };
}
