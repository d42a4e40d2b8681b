import { CopulaPaths } from './copula-paths.js';
import { EllipticPaths } from './elliptic-paths.js';
import type { PathSource } from './path-source.js';
import { BootstrapPaths, FilteredPaths } from './resampled-paths.js';
import type { Simulation } from './simulation.js';

/** The source of a checked simulation. */
export function pathSource({ seed, horizonDays, generator }: Simulation): PathSource {
  switch (generator.kind) {
    case 'normal':
      return new EllipticPaths(seed, generator.matrix, horizonDays, null, generator.meanDaily);
    case 'studentT':
      return new EllipticPaths(seed, generator.matrix, horizonDays, generator.degreesOfFreedom, generator.meanDaily);
    case 'tCopula':
      return new CopulaPaths(seed, generator, horizonDays);
    case 'filteredHistorical':
      return new FilteredPaths(seed, generator.returns, generator.filter, horizonDays);
    case 'stationaryBootstrap':
      return new BootstrapPaths(seed, generator.returns, generator.meanBlockDays, horizonDays);
  }
}
