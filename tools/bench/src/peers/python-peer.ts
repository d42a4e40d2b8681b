import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Interface, createInterface } from 'node:readline';
import { fromRoot, inMadeFolder } from '../data/paths.js';
import type { PeerCase, SharedArray } from './contract.js';

type Answer = { readonly ok: true; readonly [key: string]: unknown } | { readonly ok: false; readonly error: string };

/** One Python process that holds the peers of one row, told by lines of JSON what to do. */
export class PythonPeers {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    private readonly reader: Interface,
  ) {}

  static start(threads: number): PythonPeers {
    const interpreter = process.env.REFERENCE_PYTHON ?? 'python3';
    const count = String(threads);
    const child = spawn(interpreter, [fromRoot('tools/bench/peers/worker.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        OPENBLAS_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        NUMBA_NUM_THREADS: count,
        NUMBA_CACHE_DIR: inMadeFolder('.cache/bench/numba/x').slice(0, -2),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    const reader = createInterface({ input: child.stdout });
    return new PythonPeers(child, reader[Symbol.asyncIterator](), reader);
  }

  /** Hands the inputs of a case over and prepares one peer of it. @throws Error with what Python said */
  async prepare(row: string, peer: string, peerCase: PeerCase): Promise<void> {
    const inputs = Object.entries(peerCase.inputs).map(([name, array]) => [name, written(`${row}.${name}`, array)]);
    await this.ask({
      action: 'prepare',
      row,
      peer,
      inputs: Object.fromEntries(inputs) as object,
      parameters: peerCase.parameters ?? {},
    });
  }

  /** The prepared peer's numbers. */
  async result(): Promise<Float64Array> {
    const file = inMadeFolder('.cache/bench/result.f64');
    await this.ask({ action: 'result', file });
    const bytes = readFileSync(file);
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  /** Milliseconds a call, over `repeats` calls of the prepared peer. */
  async time(repeats: number): Promise<number> {
    const answer = await this.ask({ action: 'time', repeats });
    return Number(answer.milliseconds);
  }

  async stop(): Promise<void> {
    this.child.stdin!.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
    this.reader.close();
  }

  private async ask(question: object): Promise<Extract<Answer, { ok: true }>> {
    this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('the Python process ended without an answer');
    const answer = JSON.parse(value as string) as Answer;
    if (!answer.ok) throw new Error(answer.error);
    return answer;
  }
}

function written(name: string, { values, shape }: SharedArray): object {
  const file = inMadeFolder(`.cache/bench/${name}.f64`);
  writeFileSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { file, shape };
}
