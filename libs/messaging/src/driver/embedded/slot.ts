/** One slot that this instance owns: what it has read, what is in flight, and how far it may be acknowledged. */
export class Slot {
  /** Positions delivered and not acknowledged, with their sizes, in ascending order: a Map keeps the order of insertion. */
  private readonly inFlight = new Map<number, number>();
  private bytes = 0;
  /** Everything up to here has been read. */
  read: number;
  /** Nothing more is delivered: the slot is to be given to another instance. */
  releasing = false;
  private stored: number;
  private acknowledged = false;

  constructor(
    readonly number: number,
    readonly epoch: number,
    position: number,
  ) {
    this.read = position;
    this.stored = position;
  }

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  get inFlightBytes(): number {
    return this.bytes;
  }

  deliver(position: number, bytes: number): void {
    this.inFlight.set(position, bytes);
    this.bytes += bytes;
  }

  acknowledge(position: number): void {
    const bytes = this.inFlight.get(position);
    if (bytes === undefined) return;
    this.inFlight.delete(position);
    this.bytes -= bytes;
    this.acknowledged = true;
  }

  /** How far the cursor is to be stored; undefined when it stands there already. Without `idle` only acknowledgements count. */
  toStore(idle: boolean): number | undefined {
    if (!idle && !this.acknowledged) return undefined;
    this.acknowledged = false;
    const [first] = this.inFlight.keys();
    const position = first === undefined ? this.read : first - 1;
    return position > this.stored ? position : undefined;
  }

  storedAt(position: number): void {
    this.stored = Math.max(this.stored, position);
  }

  /** Storing failed: try again with the next. */
  notStored(): void {
    this.acknowledged = true;
  }
}
