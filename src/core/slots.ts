// A counting semaphore, first come first served: the one way in which anything here bounds how much runs at once.

export class Slots {
  readonly total: number;
  private free: number;
  private readonly waiting: { count: number; admit: () => void }[] = [];

  /** @param total how many slots there are, an integer >= 1. */
  constructor(total: number) {
    if (!Number.isInteger(total) || total < 1)
      throw new RangeError(`Slots: expected an integer >= 1, got ${total}`);
    this.total = total;
    this.free = total;
  }

  /**
   * Takes `count` slots as soon as they are free and nobody who came earlier still waits. Asking for more than
   * there are takes all of them, so that no one waits for ever.
   */
  acquire(count = 1): Promise<void> {
    const wanted = this.granted(count);
    if (this.waiting.length === 0 && wanted <= this.free) {
      this.free -= wanted;
      return Promise.resolve();
    }
    return new Promise((admit) => this.waiting.push({ count: wanted, admit }));
  }

  /** Gives back what `acquire(count)` took. */
  release(count = 1): void {
    this.free += this.granted(count);
    while (this.waiting.length > 0 && this.waiting[0]!.count <= this.free) {
      const next = this.waiting.shift()!;
      this.free -= next.count;
      next.admit();
    }
  }

  /** Runs `work` while holding `count` slots. */
  async run<T>(work: () => Promise<T>, count = 1): Promise<T> {
    await this.acquire(count);
    try {
      return await work();
    } finally {
      this.release(count);
    }
  }

  private granted(count: number): number {
    return Math.min(this.total, Math.max(1, Math.ceil(count)));
  }
}
