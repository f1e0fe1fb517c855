// How a run tells what it is doing. The experiment reports; the command line draws (or stays quiet).

export interface PhaseProgress {
  /** `units` more are done. */
  advance(units?: number): void;
  /** A short remark beside the bar, such as the loss. */
  note(text: string): void;
  end(): void;
}

export interface Progress {
  /**
   * @param total units that the phase has
   * @param done units that were already there when the phase was continued
   */
  phase(name: string, total: number, unit: string, done?: number): PhaseProgress;
}

export const silent: Progress = {
  phase: () => ({ advance() {}, note() {}, end() {} }),
};
