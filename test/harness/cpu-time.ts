/** Milliseconds that this thread computed for `work`: on a busy machine, the time that passes says nothing of what it cost. */
export async function cpuMsOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
