import { CodedError } from '@risk-budget/contracts';

/** A text that is no CSV; says where. */
function malformed(line: number, problem: string): CodedError {
  return new CodedError({
    code: 'LIMITS.BAD_UPLOAD',
    status: 422,
    detail: 'The upload is no valid CSV; nothing was stored.',
    errors: [{ field: `line ${line}`, problem }],
  });
}

/**
 * Reads CSV as RFC 4180 writes it: a header line, commas, fields in double quotes where they hold commas, quotes or line breaks. A byte
 * order mark and empty lines are passed over.
 *
 * @returns one record for each line, by the names of the header; empty fields are absent
 * @throws CodedError `LIMITS.BAD_UPLOAD` naming the line
 */
export function parseCsv(text: string): Record<string, string>[] {
  const lines = splitFields(text.replace(/^\uFEFF/, ''));
  const [header, ...body] = lines;
  if (header === undefined) throw malformed(1, 'there is no header line');
  const names = header.fields.map((name) => name.trim());
  if (new Set(names).size !== names.length) throw malformed(header.line, 'a column stands twice');
  return body.map(({ line, fields }) => {
    if (fields.length !== names.length) {
      throw malformed(line, `has ${fields.length} fields, the header ${names.length}`);
    }
    return Object.fromEntries(
      names.flatMap((name, index) => (fields[index] === '' ? [] : [[name, fields[index] ?? '']])),
    );
  });
}

interface Line {
  readonly line: number;
  readonly fields: string[];
}

function splitFields(text: string): Line[] {
  const lines: Line[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let started = 1;
  const endField = (): void => {
    fields.push(field);
    field = '';
  };
  const endLine = (): void => {
    endField();
    if (fields.length > 1 || fields[0] !== '') lines.push({ line: started, fields });
    fields = [];
    started = line;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (character === '\n') line++;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[index + 1] === '"') field += text[++index] ?? '';
      else quoted = false;
    } else if (character === '"') {
      if (field !== '') throw malformed(line, 'a quote stands inside a field that is not quoted');
      quoted = true;
    } else if (character === ',') endField();
    else if (character === '\n') endLine();
    else if (character !== '\r' || text[index + 1] !== '\n') field += character;
  }
  if (quoted) throw malformed(started, 'a quoted field does not end');
  if (field !== '' || fields.length > 0) endLine();
  return lines;
}
