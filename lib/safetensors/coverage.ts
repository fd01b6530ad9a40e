// Which bytes of a range have been written, in whatever order.
export class Coverage {
  readonly #bytes: number;
  /** Stretches apart from one another, ascending. */
  readonly #parts: { begin: number; end: number }[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** True if all is there. */
  get complete(): boolean {
    return this.#bytes === 0 || (this.#parts.length === 1 && this.covered === this.#bytes);
  }

  get covered(): number {
    return this.#parts.reduce((sum, { begin, end }) => sum + end - begin, 0);
  }

  /** Takes in [begin, end); false, and nothing changed, if a byte of it is there already or outside. */
  add(begin: number, end: number): boolean {
    if (begin < 0 || end > this.#bytes || begin > end) return false;
    if (begin === end) return true;
    let at = this.#parts.length;
    while (at > 0 && this.#parts[at - 1]!.begin >= begin) at--;
    const [before, after] = [this.#parts[at - 1], this.#parts[at]];
    if ((before !== undefined && before.end > begin) || (after !== undefined && after.begin < end)) return false;
    this.#parts.splice(at, 0, { begin, end });
    this.#join(at);
    this.#join(at - 1);
    return true;
  }

  /** Makes one of a part and the next where they touch. */
  #join(at: number): void {
    const [part, next] = [this.#parts[at], this.#parts[at + 1]];
    if (part === undefined || next === undefined || part.end !== next.begin) return;
    part.end = next.end;
    this.#parts.splice(at + 1, 1);
  }
}
