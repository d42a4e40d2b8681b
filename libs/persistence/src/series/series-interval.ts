import { badDefinition } from '../errors.js';

/** A length of time in days or in months. @throws `PERSISTENCE.BAD_DEFINITION` */
export function parseChunk(text: string): { days?: number; months?: number } {
  const match = /^([1-9]\d{0,3}) (day|week|month|year)s?$/.exec(text);
  if (match === null)
    throw badDefinition(`"${text}" is no chunk; use for example "1 day", "7 days", "1 month", "5 years"`);
  const count = Number(match[1]);
  switch (match[2]) {
    case 'day':
      return { days: count };
    case 'week':
      return { days: count * 7 };
    case 'month':
      return { months: count };
    default:
      return { months: count * 12 };
  }
}
