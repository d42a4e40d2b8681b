import { StreamableFile } from '@nestjs/common';

/** A report as a file to download (CSV) or to look at (HTML). `name` may hold anything; what a file name cannot is replaced. */
export function reportFile(format: 'csv' | 'html', name: string, content: string): StreamableFile {
  const file = `${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.${format}`;
  return new StreamableFile(Buffer.from(content, 'utf8'), {
    type: `text/${format}; charset=utf-8`,
    disposition: `${format === 'csv' ? 'attachment' : 'inline'}; filename="${file}"`,
  });
}
