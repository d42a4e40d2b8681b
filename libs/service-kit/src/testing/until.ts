/** Waits until a condition holds. @throws Error when it does not within the time */
export async function until(
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 45_000,
  everyMs = 20,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
