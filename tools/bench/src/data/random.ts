/** Random numbers from a seed, so that every run, and both sides of a comparison, work on the same. */
export class Random {
  constructor(private state: number) {}

  /** In (0, 1). */
  uniform(): number {
    // mulberry32, whose low bits are as good as its high ones.
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Student t with five degrees of freedom, scaled to variance 1. */
  studentFive(): number {
    let squares = 0;
    for (let i = 0; i < 5; i++) squares += this.normal() ** 2;
    return this.normal() / Math.sqrt(squares / 5) / Math.sqrt(5 / 3);
  }
}
