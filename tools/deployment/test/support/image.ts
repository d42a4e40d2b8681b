import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { readText, root } from '../../src/index.js';
import { imageContext } from './context.js';

/** What an image would be, on the disk of this machine: made by the Dockerfile's own commands, without an engine. */
export interface UnpackedImage {
  /** Where its last stage stands. */
  readonly folder: string;
  /** The command that it runs, to which arguments are added. */
  readonly entrypoint: readonly string[];
  /** Its environment, without anything of this process but the path to Node. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Carries out the instructions of docker/Dockerfile in a folder: the context copied, each RUN by `sh`, each COPY between the stages. Users,
 * and the system of the base image, are an engine's affair.
 */
export function unpackImage(folder: string, buildArguments: Readonly<Record<string, string>>): UnpackedImage {
  const instructions = DockerfileParser.parse(readText('docker/Dockerfile')).getInstructions();
  const build = join(folder, 'build');
  const service = join(folder, 'service');
  const variables: Record<string, string> = {};
  const environment: NodeJS.ProcessEnv = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
  };
  let stage = '';
  let entrypoint: readonly string[] = [];
  for (const instruction of instructions) {
    const text = instruction.getArgumentsContent() ?? '';
    switch (instruction.getKeyword()) {
      case 'FROM':
        stage = stage === '' ? build : service;
        mkdirSync(stage, { recursive: true });
        break;
      case 'ARG': {
        const [name = '', fallback] = text.split('=');
        if (stage !== '') variables[name] = buildArguments[name] ?? fallback ?? '';
        break;
      }
      case 'ENV':
        for (const [, name = '', value = ''] of text.matchAll(/([A-Z_]+)=(\S+)/g))
          environment[name] = value.replace('${SERVICE}', variables['SERVICE'] ?? '');
        break;
      case 'COPY':
        if (stage === build) copyContext(build);
        else {
          const [from = '', to = ''] = text.split(' ');
          cpSync(join(build, from.replace('/build/', '')), join(service, to), {
            recursive: true,
            verbatimSymlinks: true,
          });
        }
        break;
      case 'RUN':
        execFileSync('/bin/sh', ['-c', text], {
          cwd: stage,
          env: { ...process.env, NODE_OPTIONS: '', ...variables },
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        break;
      case 'ENTRYPOINT':
        entrypoint = JSON.parse(text) as string[];
        break;
    }
  }
  return { folder: service, entrypoint, environment };
}

function copyContext(to: string): void {
  for (const file of imageContext()) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(root, file), join(to, file));
  }
}
