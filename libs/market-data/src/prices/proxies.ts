import type { Instrument } from '@risk-budget/contracts';
import { createReturns, proxyReturns, RiskMathError } from '@risk-budget/risk-math';
import type { ProxiedSeries } from './aligned-returns.types.js';
import type { OwnReturns } from './own-returns.js';

/** A stand-in series: k × the equal-weighted mean return of the members. */
export interface StandIn {
  readonly sector: string;
  readonly scale: number;
  readonly members: readonly string[];
  /** T. */
  readonly values: Float64Array;
}

/** The name of the group of all members, for an instrument whose sector has none. */
export const ALL_SECTORS = '*';

/**
 * Finds the series that stands for instruments with too little history: that of their sector's members with a return on
 * every day of the window; where the sector has no member, that of all of them.
 */
export class StandIns {
  private readonly bySector = new Map<string, StandIn | undefined>();
  private readonly members = new Map<string, string[]>();

  /**
   * @param returns own returns of every instrument that may be a member
   * @param instruments definitions of the same instruments
   * @param days T
   */
  constructor(
    private readonly returns: ReadonlyMap<string, OwnReturns>,
    instruments: ReadonlyMap<string, Instrument>,
    private readonly days: number,
  ) {
    for (const id of [...returns.keys()].sort()) {
      const instrument = instruments.get(id);
      if (instrument === undefined || instrument.assetClass === 'index' || instrument.assetClass === 'cash') continue;
      if (returns.get(id)?.observations !== days) continue;
      this.add(ALL_SECTORS, id);
      if (instrument.sector !== undefined) this.add(instrument.sector, id);
    }
  }

  /** The series for an instrument of a sector; undefined when there is no member at all. */
  for(sector: string | undefined): StandIn | undefined {
    return (sector === undefined ? undefined : this.of(sector)) ?? this.of(ALL_SECTORS);
  }

  private add(sector: string, id: string): void {
    const ids = this.members.get(sector);
    if (ids === undefined) this.members.set(sector, [id]);
    else ids.push(id);
  }

  private of(sector: string): StandIn | undefined {
    if (!this.bySector.has(sector)) this.bySector.set(sector, this.build(sector));
    return this.bySector.get(sector);
  }

  private build(sector: string): StandIn | undefined {
    const members = this.members.get(sector);
    if (members === undefined || this.days < 2) return undefined;
    const values = new Float64Array(this.days * members.length);
    members.forEach((id, column) => {
      const own = this.returns.get(id)?.values ?? new Float64Array(0);
      for (let t = 0; t < this.days; t++) values[t * members.length + column] = own[t] ?? 0;
    });
    try {
      const proxy = proxyReturns(createReturns(values, this.days, members.length, members));
      return { sector, scale: proxy.multiplier, members, values: proxy.values };
    } catch (error) {
      // Members that cancel each other out stand for nobody.
      if (RiskMathError.is(error) && error.reason === 'outOfDomain') return undefined;
      throw error;
    }
  }
}

/** Says of a series what stands in for it. */
export function proxiedSeries(
  instrumentId: string,
  standIn: StandIn,
  observations: number,
  extent: ProxiedSeries['extent'],
): ProxiedSeries {
  const { sector, scale, members } = standIn;
  return { instrumentId, sector, scale, members, observations, extent };
}
