import { withGrowth } from './growth-table.js';

const page = 'before\n<!-- Written by `npm run bench -- growth`. -->\nold\n<!-- To here. -->\nafter\n';

describe('the table of growth', () => {
  it('replaces what stands between its lines and leaves the rest', () => {
    const measured = [
      { name: 'a, 500', grows: { method: 'a', assets: 500 }, median: 2, best: 1.5, peakMiB: 3 },
      { name: 'a, 5000', grows: { method: 'a', assets: 5000 }, median: 300, best: 250.4, peakMiB: 70.2 },
      { name: 'b, 500', grows: { method: 'b', assets: 500 }, median: 2, best: 1, peakMiB: 1 },
      { name: 'no growth', median: 2, best: 1, peakMiB: 1 },
    ];
    const made = withGrowth(page, measured, 'One run.')!;
    expect(made).toContain('| Method | 500 | 5,000 | MiB at the largest |');
    expect(made).toContain('| a | 1.5 | 250 | 70 |');
    expect(made).toContain('| b | 1 | – | 1 |');
    expect(made).not.toContain('old');
    expect(made.startsWith('before\n')).toBe(true);
    expect(made.endsWith('<!-- To here. -->\nafter\n')).toBe(true);
    expect(withGrowth(made, measured, 'One run.')).toBe(made);
    expect(withGrowth('a page without the lines', measured, '')).toBeNull();
  });
});
