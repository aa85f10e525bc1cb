/** One place of the product, broken on purpose. */
export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A command that has to fail in a broken copy, and to pass in a sound one. */
export interface Proof {
  /** As it stands in the table. */
  readonly name: string;
  /** For Node, in the root of the copy. */
  readonly args: readonly string[];
}

/** One way to break a promise, and the proof that has to notice. */
export interface Mutation {
  /** What the product does now, as the table tells it. */
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly proof: Proof;
  /** The words by which the proof says that it failed for this, and not because something fell over. */
  readonly because: RegExp;
}

/** One test of the suite. */
export function jest(file: string, test: string): Proof {
  const runner = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--runTestsByPath'];
  return { name: `npm test -- ${file}`, args: [...runner, file, '-t', test] };
}

/** So many random histories of the run state machine, of one seed. */
export function model(histories: number): Proof {
  const options = ['--histories', String(histories), '--seed', '1', '--unshrunken'];
  return { name: 'npm run prove:model', args: ['scripts/prove-model.ts', ...options] };
}

/** Some cases of the fault matrix. @param only a pattern of their ids */
export function truth(connector: 'aws' | 'github', only: string): Proof {
  const options = ['--connector', connector, '--only', only];
  return {
    name: `npm run prove:truth -- --only "${only}"`,
    args: ['scripts/prove-truth.ts', ...options],
  };
}

/** A round of some scenarios of the chaos suite. @param only a pattern of their names */
export function durability(only: string): Proof {
  return {
    name: `npm run prove:durability -- --only "${only}"`,
    args: ['scripts/prove-durability.ts', '--only', only, '--times', '1'],
  };
}
