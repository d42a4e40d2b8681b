/**
 * `POST what-if` by REST with a token, a distinct list of trades each time, every position of the portfolio re-evaluated: on the running system
 * after the sample run, or with `-- --positions 5000` on a portfolio of so many. Run: `npm run bench:what-if`; ends non-zero when the
 * goal is missed.
 */
import { numbersOf } from '../system/options.js';
import { machine } from '../system/report.js';
import { whatIfOnLarge } from './large.js';
import { print } from './questions.js';
import { whatIfOnSample } from './sample.js';

const { positions } = numbersOf(process.argv.slice(2), { positions: 0 });
print(machine());
const met = positions > 0 ? await whatIfOnLarge(positions) : await whatIfOnSample();
if (!met) process.exitCode = 1;
