import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EnvError, parseEnv } from './env.ts';

const folder = mkdtempSync(join(tmpdir(), 'env-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('postgresql://user:password@host:5432/database'),
  KEYS: z.string().min(20),
  LOG_LEVEL: z.enum(['debug', 'info']).default('info'),
  CONCURRENCY: z.coerce.number().int().min(1).default(10),
});
const good = { DATABASE_URL: 'postgresql://app:planted-pw@db/fleet', KEYS: 'planted-planted-planted' };

function refused(source: Record<string, string>, of: z.ZodObject = schema): EnvError {
  try {
    parseEnv(of, source);
  } catch (error) {
    if (error instanceof EnvError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseEnv', () => {
  it('gives typed values and defaults, and nothing else', () => {
    const env = parseEnv(schema, { ...good, CONCURRENCY: '4', LOG_LEVEL: '', PATH: '/bin' });
    expect(env).toEqual({ ...good, CONCURRENCY: 4, LOG_LEVEL: 'info' });
    const typed: number = env.CONCURRENCY;
    expect(typed).toBe(4);
  });

  it('lists everything that is wrong, one line a variable, and no value', () => {
    const error = refused({
      DATABASE_URL: 'mysql://root:planted-pw@db',
      CONCURRENCY: 'planted-number',
      LOG_LEVEL: 'planted-level',
    });
    expect(error.problems.map((problem) => problem.variable)).toEqual([
      'DATABASE_URL',
      'KEYS',
      'LOG_LEVEL',
      'CONCURRENCY',
    ]);
    expect(error.message.split('\n')).toHaveLength(5);
    expect(error.message).toContain('DATABASE_URL: Invalid URL (postgresql://user:password@host:5432/database)');
    expect(error.message).toContain('KEYS: is missing, expected string');
    expect(error.message).toContain('"debug"|"info"');
    expect(`${error.stack}`).not.toContain('planted');
  });

  it('takes the value even out of a rule that quotes it', () => {
    const quoting = z.object({
      KEY: z.string().refine((value) => value === 'x', { error: (issue) => `bad: ${String(issue.input)}` }),
    });
    expect(refused({ KEY: 'planted-value' }, quoting).message).toContain('KEY: bad: [value]');
    const across = z
      .object({ A: z.string(), B: z.string() })
      .refine(() => false, { error: 'A and B exclude each other' });
    expect(refused({ A: 'a', B: 'b' }, across).message).toContain('environment: A and B exclude each other');
  });

  it('reads NAME from the file that NAME_FILE names', () => {
    const path = join(folder, 'keys');
    writeFileSync(path, `${good.KEYS}\n`);
    expect(parseEnv(schema, { DATABASE_URL: good.DATABASE_URL, KEYS: '', KEYS_FILE: path }).KEYS).toBe(good.KEYS);
  });

  it.each([
    ['missing', { KEYS_FILE: join(folder, 'absent') }, 'cannot be read (ENOENT)'],
    ['a folder', { KEYS_FILE: folder }, 'cannot be read (EISDIR)'],
    ['both', { KEYS: good.KEYS, KEYS_FILE: join(folder, 'keys') }, 'set it or KEYS_FILE, not both'],
  ])('says what is wrong with the file: %s', (_case, change, problem) => {
    const error = refused({ DATABASE_URL: good.DATABASE_URL, ...change });
    expect(error.problems).toHaveLength(1);
    expect(error.message).toContain(`KEYS: `);
    expect(error.message).toContain(problem);
  });

  it('refuses an empty file', () => {
    const path = join(folder, 'empty');
    writeFileSync(path, '\n');
    expect(refused({ ...good, KEYS: '', KEYS_FILE: path }).message).toContain('is empty');
  });
});
