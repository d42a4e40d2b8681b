import fc from 'fast-check';
import { excessProblems, sharesOfRisk, treeOfShares, type PlacedShare } from './budget-shares.js';
import { transferred } from './transfer.js';

const sectors: Record<string, string> = { AAPL: 'Technology', MSFT: 'Technology', JPM: 'Financials', KO: 'Staples' };
const sectorOf = (id: string): string | undefined => sectors[id];

function treeOf(shares: Record<string, number>): PlacedShare[] {
  const tree = treeOfShares(
    Object.entries(shares).map(([nodeId, share]) => ({ nodeId, share })),
    sectorOf,
    'shares',
  );
  if ('problems' in tree) throw new Error(JSON.stringify(tree.problems));
  return tree.nodes;
}

const sharesIn = (nodes: readonly PlacedShare[]) => Object.fromEntries(nodes.map((node) => [node.nodeId, node.share]));

describe('a tree of budget shares', () => {
  it('fills ancestors that are not given with the sum of their children', () => {
    const nodes = treeOf({ 'leaf:growth/AAPL': 0.3, 'leaf:growth/MSFT': 0.2, 'leaf:value/JPM': 0.4 });
    expect(sharesIn(nodes)).toEqual({
      portfolio: 1,
      'strategy:growth': 0.5,
      'sector:growth/Technology': 0.5,
      'leaf:growth/AAPL': 0.3,
      'leaf:growth/MSFT': 0.2,
      'strategy:value': 0.4,
      'sector:value/Financials': 0.4,
      'leaf:value/JPM': 0.4,
    });
    expect(nodes.map((node) => node.nodeId).slice(0, 3)).toEqual([
      'portfolio',
      'strategy:growth',
      'sector:growth/Technology',
    ]);
  });

  it('keeps a parent that has more than its children', () => {
    const nodes = treeOf({ 'strategy:growth': 0.6, 'leaf:growth/AAPL': 0.3 });
    expect(sharesIn(nodes)).toMatchObject({ 'strategy:growth': 0.6, 'sector:growth/Technology': 0.3 });
    expect(excessProblems(nodes, 0.1, 'shares')).toEqual([]);
  });

  it('names each child of a parent that has less than they take, with the range left to it', () => {
    const nodes = treeOf({
      'strategy:growth': 0.5,
      'sector:growth/Technology': 0.5,
      'leaf:growth/AAPL': 0.4,
      'leaf:growth/MSFT': 0.2,
    });
    expect(excessProblems(nodes, 0, 'trees[0].shares')).toEqual([
      {
        field: 'trees[0].shares.leaf:growth/AAPL',
        problem: 'the children of sector:growth/Technology take 0.6 of its 0.5',
        allowed: '0 to 0.3',
      },
      {
        field: 'trees[0].shares.leaf:growth/MSFT',
        problem: 'the children of sector:growth/Technology take 0.6 of its 0.5',
        allowed: '0 to 0.1',
      },
    ]);
  });

  it('takes the reserve off what the strategies may have', () => {
    const nodes = treeOf({ 'strategy:growth': 0.6, 'strategy:value': 0.4 });
    expect(excessProblems(nodes, 0, 'shares')).toEqual([]);
    expect(excessProblems(nodes, 0.1, 'shares').map((problem) => problem.allowed)).toEqual(['0 to 0.5', '0 to 0.3']);
  });

  it.each([
    ['issuer:Apple', 'is no node of a budget tree'],
    ['sector:growth', 'is no node of a budget tree'],
    ['leaf:growth/NOPE', "the instrument 'NOPE' is not known"],
    ['strategy:', 'is no node of a budget tree'],
  ])('refuses the node %s', (nodeId, problem) => {
    const tree = treeOfShares([{ nodeId, share: 0.1 }], sectorOf, 'shares');
    expect(tree).toEqual({ problems: [{ field: `shares.${nodeId}`, problem: expect.stringContaining(problem) }] });
  });

  it('refuses a node that stands twice', () => {
    const share = { nodeId: 'strategy:growth', share: 0.1 };
    expect(treeOfShares([share, share], sectorOf, 'shares')).toHaveProperty('problems');
  });
});

const leaves = fc
  .array(
    fc.record({
      strategy: fc.constantFrom('growth', 'value'),
      instrumentId: fc.constantFrom(...Object.keys(sectors)),
      share: fc.double({ min: -0.5, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => [...new Map(list.map((leaf) => [`${leaf.strategy}/${leaf.instrumentId}`, leaf])).values()])
  .map((list) => list.map((leaf) => ({ ...leaf, sector: sectors[leaf.instrumentId] ?? '' })));

describe('shares out of shares of risk', () => {
  it('never give children more than their parent, whatever the leaves', () => {
    fc.assert(
      fc.property(leaves, fc.double({ min: 0, max: 0.5, noNaN: true }), (list, reserve) => {
        const tree = treeOfShares(sharesOfRisk(list, reserve), sectorOf, 'shares');
        if ('problems' in tree) throw new Error('no tree');
        expect(excessProblems(tree.nodes, reserve, 'shares')).toEqual([]);
        expect(tree.nodes.every((node) => node.share >= 0)).toBe(true);
      }),
    );
  });

  it('are the shares of risk less the reserve when every leaf takes risk', () => {
    const list = [
      { strategy: 'growth', sector: 'Technology', instrumentId: 'AAPL', share: 0.5 },
      { strategy: 'value', sector: 'Financials', instrumentId: 'JPM', share: 0.3 },
      { strategy: 'value', sector: 'Staples', instrumentId: 'KO', share: 0.2 },
    ];
    const shares = Object.fromEntries(sharesOfRisk(list, 0.1).map(({ nodeId, share }) => [nodeId, share]));
    expect(shares['portfolio']).toBe(1);
    expect(shares['leaf:growth/AAPL']).toBeCloseTo(0.45, 14);
    expect(shares['strategy:value']).toBeCloseTo(0.45, 14);
    expect(shares['leaf:value/KO']).toBeCloseTo(0.18, 14);
  });

  it('give a hedge nothing', () => {
    const list = [
      { strategy: 'growth', sector: 'Technology', instrumentId: 'AAPL', share: 1.2 },
      { strategy: 'growth', sector: 'Technology', instrumentId: 'MSFT', share: -0.2 },
    ];
    const shares = Object.fromEntries(sharesOfRisk(list, 0).map(({ nodeId, share }) => [nodeId, share]));
    expect(shares).toMatchObject({ 'leaf:growth/AAPL': 1, 'leaf:growth/MSFT': 0 });
  });
});

describe('a transfer between siblings', () => {
  const nodes = treeOf({ 'leaf:growth/AAPL': 0.3, 'leaf:growth/MSFT': 0.2, 'leaf:value/JPM': 0.4 });
  const transfer = {
    fromNodeId: 'strategy:growth',
    toNodeId: 'strategy:value',
    share: 0.1,
    descendants: 'scale',
  } as const;

  it('moves the share and scales what stands below, so that no child exceeds its parent', () => {
    const after = transferred(nodes, transfer);
    if ('problems' in after) throw new Error('refused');
    const shares = sharesIn(after.nodes);
    expect(shares['strategy:growth']).toBeCloseTo(0.4, 14);
    expect(shares['leaf:growth/AAPL']).toBeCloseTo(0.24, 14);
    expect(shares['leaf:value/JPM']).toBeCloseTo(0.5, 14);
    expect(excessProblems(after.nodes, 0.1, 'shares')).toEqual([]);
  });

  it('refuses more than is free when what stands below is to be kept, and names what is', () => {
    expect(transferred(nodes, { ...transfer, descendants: 'keep' })).toEqual({
      problems: [
        { field: 'share', problem: "the children of 'strategy:growth' hold 0.5 of its 0.5", allowed: '0 to 0' },
      ],
    });
  });

  it('refuses more than there is', () => {
    expect(transferred(nodes, { ...transfer, share: 0.6 })).toMatchObject({
      problems: [{ field: 'share', allowed: '0 to 0.5' }],
    });
  });

  it.each([
    ['a node that is no sibling', { toNodeId: 'sector:value/Financials' }, 'toNodeId'],
    ['itself', { toNodeId: 'strategy:growth' }, 'toNodeId'],
    ['an unknown node', { toNodeId: 'strategy:none' }, 'toNodeId'],
    ['from an unknown node', { fromNodeId: 'strategy:none' }, 'fromNodeId'],
  ])('refuses a transfer to %s', (_, change, field) => {
    expect(transferred(nodes, { ...transfer, ...change })).toMatchObject({ problems: [{ field }] });
  });
});
