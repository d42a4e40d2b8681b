import { page, withKeptPart } from './page.js';

const line = '<!-- Not written by `npm run bench:peers` from here on. -->';

describe('the page of a run', () => {
  it('keeps what others wrote behind its line, and replaces what stands before it', () => {
    const made = page([], { kernel: 'typescript', seed: 7 });
    expect(withKeptPart(made, 'an older page without the line')).toBe(made);
    const kept = withKeptPart(made, `an older page\n\n${line}\n\n## The run\n\n3 s\n`);
    expect(kept.startsWith(made)).toBe(true);
    expect(kept.endsWith(`${line}\n\n## The run\n\n3 s\n`)).toBe(true);
    expect(kept).not.toContain('an older page');
    expect(withKeptPart(made, kept)).toBe(kept);
  });
});
