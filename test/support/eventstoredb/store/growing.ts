/** A list of whole numbers < 2^53, eight bytes each. */
export class NumberList {
  #values = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Float64Array(this.#length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length++] = value;
  }

  /** NaN outside the list. */
  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? Number.NaN) : Number.NaN;
  }

  /** Index of the first value ≥ `value` in a list that only rises; its length when there is none. */
  lowerBound(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A list of byte strings of one width. */
export class FixedBytesList {
  readonly #width: number;
  #bytes: Buffer;
  #used = 0;

  constructor(width: number) {
    this.#width = width;
    this.#bytes = Buffer.alloc(width * 1024);
  }

  push(value: Uint8Array): void {
    if (this.#used === this.#bytes.length) {
      const wider = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(wider);
      this.#bytes = wider;
    }
    this.#bytes.set(value, this.#used);
    this.#used += this.#width;
  }

  equalsAt(index: number, value: Uint8Array): boolean {
    const start = index * this.#width;
    return (
      start < this.#used && this.#bytes.compare(value, 0, value.length, start, start + this.#width) === 0
    );
  }
}
