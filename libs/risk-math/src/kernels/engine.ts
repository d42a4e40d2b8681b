import { relaxedSimd, simd } from './generated/binaries.js';
import { type WasmMemory, type WasmModule, type WebAssemblyApi, webAssembly } from './web-assembly.js';

/** The code that makes dense products here, as lineage names it: last bits differ between them. */
export type KernelName = 'typescript' | 'wasm-simd' | 'wasm-relaxed-simd';

/** What `kernels/index.ts` exports. Pointers are byte offsets into `memory`. */
export interface KernelExports {
  readonly memory: WasmMemory;
  columnMeans(source: number, terms: number, columns: number, means: number, rests: number): void;
  /** −1, or the first column whose pivot is too small. */
  cholesky(
    matrix: number,
    size: number,
    tolerance: number,
    packed: number,
    groupBytes: number,
    block: number,
    width: number,
    factor: number,
  ): number;
  /** Sweeps made. */
  descend(
    packed: number,
    size: number,
    vectors: number,
    stride: number,
    scaled: number,
    smallest: number,
    noise: number,
    most: number,
  ): number;
  solveLower(
    lower: number,
    packedLower: number,
    size: number,
    groupBytes: number,
    rights: number,
    count: number,
    packed: number,
    block: number,
    width: number,
  ): void;
  tridiagonalise(matrix: number, size: number, diagonal: number, offDiagonal: number, taus: number, work: number): void;
  /** 0, or 1 when an eigenvalue has not converged. */
  tridiagonalEigen(
    diagonal: number,
    offDiagonal: number,
    size: number,
    vectors: number,
    rowBytes: number,
    rotations: number,
  ): number;
  backTransform(matrix: number, size: number, taus: number, vectors: number, rowBytes: number, count: number): void;
  packTriangle(
    rows: number,
    first: number,
    end: number,
    size: number,
    packed: number,
    vectors: number,
    stride: number,
  ): void;
  addExposures(rows: number, count: number, factors: number, weights: number, total: number): void;
  rowProducts(rows: number, count: number, factors: number, right: number, products: number): void;
  byPath(source: number, count: number, draws: number, wanted: number, target: number): void;
  correlate(
    root: number,
    lengths: number,
    size: number,
    rank: number,
    normals: number,
    count: number,
    target: number,
  ): void;
  normals(
    keyLow: number,
    keyHigh: number,
    stream: number,
    paths: number,
    count: number,
    draws: number,
    target: number,
    uniforms: number,
    places: number,
  ): void;
  tailQuantiles(uniforms: number, count: number): void;
  finishBlock(
    block: number,
    rows: number,
    columns: number,
    rowBytes: number,
    divisor: number,
    mirror: number,
    stride: number,
  ): void;
  packColumns(
    source: number,
    terms: number,
    columns: number,
    means: number,
    scales: number,
    target: number,
    groupBytes: number,
  ): void;
  packRows(source: number, rows: number, length: number, target: number, groupBytes: number): void;
  products(
    a: number,
    aBytes: number,
    aGroups: number,
    b: number,
    bBytes: number,
    bGroups: number,
    pairs: number,
    c: number,
    rowBytes: number,
    diagonal: number,
    accumulate: number,
  ): void;
}

interface Engine {
  readonly name: KernelName;
  readonly api: WebAssemblyApi;
  readonly module: WasmModule;
  /** Kept for small problems; a large one gets an instance of its own, whose memory goes with it. */
  readonly resident: KernelExports;
}

let engine: Engine | null = null;

/**
 * Compiles the dense kernels: WebAssembly with relaxed SIMD where the engine validates it, with plain SIMD where it
 * validates that. Until it has resolved, and on an engine with neither, the same functions run as plain TypeScript. Call it
 * once before the first number that is stored, so that all of a process's numbers come from one kernel.
 *
 * @param choice a kernel by name, for tests and comparisons; the fastest that the engine validates when absent
 * @returns the kernel in use from now on
 */
export async function initialise(choice?: KernelName): Promise<KernelName> {
  const candidates = [
    { name: 'wasm-relaxed-simd', binary: relaxedSimd },
    { name: 'wasm-simd', binary: simd },
  ] as const;
  const api = webAssembly;
  const found = candidates
    .filter(({ name }) => choice === undefined || name === choice)
    .map(({ name, binary }) => ({ name, code: decoded(binary) }))
    .find(({ code }) => api?.validate(code));
  if (api === undefined || found === undefined) {
    engine = null;
  } else if (engine?.name !== found.name) {
    const module = await api.compile(found.code);
    engine = { name: found.name, api, module, resident: instance(api, module) };
  }
  return kernelName();
}

/** The kernel in use; `typescript` until `initialise` has resolved. */
export function kernelName(): KernelName {
  return engine?.name ?? 'typescript';
}

/** Memory from which a problem gets an instance of its own, in bytes. */
const LARGE_BYTES = 16 * 2 ** 20;
const PAGE_BYTES = 65_536;
/** Nothing lies at address 0, so that 0 can say "none". */
const FIRST_BYTE = 1024;
/** 32-bit addresses. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;

/** Sections of kernel memory for one problem. */
export interface Workspace {
  readonly kernels: KernelExports;
  /** Byte offset of each section. */
  readonly at: readonly number[];
  /** A view of a section as numbers, good until the next workspace is made. */
  numbers(section: number, length: number): Float64Array;
}

/**
 * Memory for sections of these lengths in numbers, uninitialised; `null` without WebAssembly, or beyond its addresses.
 *
 * @param own whether it is to last: no later workspace shares it
 */
export function workspace(lengths: readonly number[], own = false): Workspace | null {
  if (engine === null) return null;
  const at: number[] = [];
  let end = FIRST_BYTE;
  for (const length of lengths) {
    at.push(end);
    end += Math.ceil(length / 8) * 64;
  }
  if (end > MOST_BYTES) return null;
  const kernels = own || end > LARGE_BYTES ? instance(engine.api, engine.module) : engine.resident;
  const missing = Math.ceil((end - kernels.memory.buffer.byteLength) / PAGE_BYTES);
  if (missing > 0) kernels.memory.grow(missing);
  return {
    kernels,
    at,
    numbers: (section, length) => new Float64Array(kernels.memory.buffer, at[section]!, length),
  };
}

function instance(api: WebAssemblyApi, module: WasmModule): KernelExports {
  return new api.Instance(module).exports as KernelExports;
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}
