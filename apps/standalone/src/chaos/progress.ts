/** How much of a replay is over, from 0 to 1, for whoever waits for it. */
export class Progress {
  private over = -1;
  private waiting: { readonly share: number; readonly go: () => void }[] = [];

  reach(share: number): void {
    this.over = share;
    const due = this.waiting.filter((one) => one.share <= share);
    this.waiting = this.waiting.filter((one) => one.share > share);
    for (const { go } of due) go();
  }

  /** Ends when so much is over, or when the signal is aborted. */
  until(share: number, signal: AbortSignal): Promise<void> {
    if (this.over >= share || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push({ share, go: resolve });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
