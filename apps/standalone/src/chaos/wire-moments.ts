/**
 * Moments that can be told from what a service sends to the embedded log: its driver's statements bear their names on the wire. Each comes after the
 * commit that it belongs to, so that a service which is killed while the log has not heard of it dies between the two.
 */

/** An event of the service on its way to the log; its answers to the clock are none, for no commit stands behind them. */
export function publishes(piece: Buffer): boolean {
  return piece.includes('publish\0') && /\\?"type\\?":\\?"(?!platform\.)/.test(piece.toString('latin1'));
}

/** Acknowledgements on their way to the log: the cursors behind what was handled and committed. */
export function acknowledges(piece: Buffer): boolean {
  return piece.includes('store\0');
}
