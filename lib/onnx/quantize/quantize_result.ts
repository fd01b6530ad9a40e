// A quantized model and what is known of it.
import type { Sketch } from '../../calibrate';
import { onnxError } from '../errors';
import type { Model } from '../model';
import { type QuantizeReport, toHtml, type Verdict, verdictOf } from '../report';
import { modelBytes, writeModel } from '../write';

export class QuantizeResult {
  readonly model: Model;
  readonly report: QuantizeReport;
  /** What static mode saw of the activations, by tensor: for writeSketches(), to be merged with those of other machines. */
  readonly sketches: ReadonlyMap<string, Sketch>;

  constructor(model: Model, report: QuantizeReport, sketches: ReadonlyMap<string, Sketch>) {
    this.model = model;
    this.report = report;
    this.sketches = sketches;
  }

  /** What to make of it, and one line for people. */
  get verdict(): Verdict {
    return verdictOf(this.report);
  }

  /** The model as a file has it; equal for equal input and options. */
  bytes(): Uint8Array {
    return modelBytes(this.model);
  }

  /**
   * Writes the model; a file that exists is replaced as a whole or not at all.
   * @throws ERR_BUDGET if a budget was missed, unless `evenIfMissed`; ERR_FILE if the file cannot be written
   */
  save(file: string, options: { readonly evenIfMissed?: boolean | undefined } = {}): void {
    const { budget, line } = this.verdict;
    if (budget === 'missed' && options.evenIfMissed !== true)
      throw onnxError('ERR_BUDGET', `not written: ${line}`, {
        hint: 'Exclude more layers, choose another mode, or allow a larger drop; { evenIfMissed: true } writes it as it is.',
      });
    writeModel(this.model, file);
  }

  /** One self-contained page. */
  toHtml(): string {
    return toHtml(this.report);
  }
}
