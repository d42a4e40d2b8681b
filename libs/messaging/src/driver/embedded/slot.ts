/** One slot that this instance owns: what it has read, what is in flight, and how far it may be acknowledged. */
export class Slot {
  /** Positions delivered and not acknowledged, in ascending order: a Set keeps the order of insertion. */
  private readonly inFlight = new Set<number>();
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

  deliver(position: number): void {
    this.inFlight.add(position);
  }

  acknowledge(position: number): void {
    if (this.inFlight.delete(position)) this.acknowledged = true;
  }

  /** How far the cursor is to be stored; undefined when it stands there already. Without `idle` only acknowledgements count. */
  toStore(idle: boolean): number | undefined {
    if (!idle && !this.acknowledged) return undefined;
    this.acknowledged = false;
    const [first] = this.inFlight;
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
