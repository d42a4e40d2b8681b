import { metricsInCode, operationsPage, readText, variables, withTables } from '../src/index.js';

describe('docs/operations.md', () => {
  it('is as the schemas and the code are now: npm run docs:operations writes it', async () => {
    const page = readText(operationsPage);
    expect(await withTables(page, variables(), await metricsInCode())).toBe(page);
  });

  it('would be found stale', async () => {
    const page = readText(operationsPage).replace('`DATABASE_POOL_SIZE`', '`DATABASE_POOL`');
    expect(await withTables(page, variables(), await metricsInCode())).not.toBe(page);
  });

  it('says of every variable what it decides and what it takes', () => {
    expect(variables().filter(({ about, allowed }) => about === '' || allowed === '')).toEqual([]);
  });

  it('says what every metric means', async () => {
    const metrics = await metricsInCode();
    expect(metrics.length).toBeGreaterThan(40);
    expect(metrics.filter(({ help }) => help === '')).toEqual([]);
  });
});
