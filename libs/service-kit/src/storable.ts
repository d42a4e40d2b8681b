/** Whether PostgreSQL can hold a text: no null characters and no halves of surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}
