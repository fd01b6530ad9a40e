// One safetensors file that is being written.
import { makeError } from '../errors';
import { TemporaryFile } from '../files/temporary_file';
import { reject, show } from '../validate';
import { Coverage } from './coverage';
import { type CheckedPlan, layOut } from './layout';
import { COPY_BYTES, OWNED, type Owned } from './owned';

interface Place {
  readonly plan: CheckedPlan;
  readonly start: number;
  readonly coverage: Coverage;
  /** Where the next write goes that says nothing else. */
  next: number;
  /** All of a tensor that comes late. */
  late: Uint8Array | undefined;
}

/** Data go to their places as they come; what comes late, and the head, when all is there. */
export class FileInProgress {
  readonly temporary: TemporaryFile;
  readonly #plans: readonly CheckedPlan[];
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #headBytes: number;
  readonly #places: ReadonlyMap<string, Place>;

  /** Throws ERR_RANGE for a head that no reader takes, ERR_FILE if the file cannot be made. */
  constructor(file: string, plans: readonly CheckedPlan[], metadata: ReadonlyMap<string, string>) {
    const { head, tensors } = layOut(plans, metadata);
    const byName = new Map(plans.map((plan) => [plan.name, plan]));
    [this.#plans, this.#metadata, this.#headBytes] = [plans, metadata, head.length];
    this.#places = new Map(
      tensors.map(({ name, start, bytes }) => {
        const plan = byName.get(name) as CheckedPlan;
        return [name, { plan, start, coverage: new Coverage(bytes), next: 0, late: undefined }];
      }),
    );
    this.temporary = TemporaryFile.create(file);
  }

  get names(): Iterable<string> {
    return this.#places.keys();
  }

  /** Bytes of all tensors. To be asked once all is there. */
  get dataBytes(): number {
    return [...this.#places.values()].reduce((sum, { plan, late }) => sum + (late?.length ?? plan.bytes), 0);
  }

  /** Takes a part of a tensor. Throws ERR_RANGE for bytes outside of it or written before, ERR_FILE if they cannot be written. */
  async write(name: string, bytes: Uint8Array, begin: number | undefined, owned: Owned | undefined): Promise<void> {
    const place = this.#places.get(name) as Place;
    const { plan, coverage } = place;
    const [from, to] = [begin ?? place.next, (begin ?? place.next) + bytes.length];
    const again = plan.late && place.late !== undefined;
    if (again || !(plan.late ? from === 0 && to <= plan.bytes : coverage.add(from, to)))
      throw makeError(
        'ERR_RANGE',
        `bytes ${from} to ${to} of tensor ${show(name)} are beyond its ${plan.bytes} or written already`,
      );
    place.next = to;
    if (plan.late) place.late = bytes.slice();
    else if (owned === OWNED) await this.temporary.write(bytes, place.start + from);
    else await this.#writeCopies(name, bytes, place.start + from);
  }

  /** Throws ERR_DTYPE if the bytes go away meanwhile. */
  async #writeCopies(name: string, bytes: Uint8Array, position: number): Promise<void> {
    const { length } = bytes;
    for (let done = 0; done < length; done += COPY_BYTES) {
      if (bytes.length !== length) reject(`data of ${show(name)}`, 'as it was until it is written', bytes, 'ERR_DTYPE');
      await this.temporary.write(bytes.slice(done, done + COPY_BYTES), position + done);
    }
  }

  /** Writes what is left to write, and brings all to the disk. Throws ERR_SHAPE if a part of a tensor is missing; ERR_FILE. */
  async complete(): Promise<void> {
    for (const { plan, coverage, late } of this.#places.values())
      if (plan.late ? late === undefined : !coverage.complete)
        throw makeError(
          'ERR_SHAPE',
          `tensor ${show(plan.name)} has ${plan.bytes} bytes, ${coverage.covered} were written`,
        );
    const plans = this.#plans.map((plan) => {
      const length = this.#places.get(plan.name)?.late?.length;
      return length === undefined ? plan : { ...plan, dims: [length], bytes: length };
    });
    const { head, tensors } = layOut(plans, this.#metadata, this.#headBytes);
    for (const { name, start } of tensors) {
      const late = this.#places.get(name)?.late;
      if (late !== undefined) await this.temporary.write(late, start);
    }
    await this.temporary.write(head, 0);
    await this.temporary.closeAsync();
  }
}
