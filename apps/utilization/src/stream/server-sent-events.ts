/** One event, or a comment, of a `text/event-stream`. */
export interface ServerSentEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: object;
  readonly comment?: string;
  /** Milliseconds after which a client tries again. */
  readonly retry?: number;
}

/** As the HTML standard writes it: a field a line, an empty line at the end. JSON holds no line break, so that data are one line. */
export function eventText({ event, id, data, comment, retry }: ServerSentEvent): string {
  const lines = [
    ...(comment === undefined ? [] : [`: ${comment}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}
