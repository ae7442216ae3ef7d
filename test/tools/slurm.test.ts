import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { readTable1CommandLine } from '../../experiments/table1.ts';
import { captureIo } from '../support/run-in-process.ts';

const SCRIPT = fileURLToPath(new URL('../../tools/slurm.sh', import.meta.url));

const TASK = { SLURM_CPUS_PER_TASK: '4', SLURM_JOB_ID: '7', SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3' };

/** Runs the script with an `srun` that ends with a code, and a `scontrol`. Both note how they were called. */
function runScript(code: number, ...args: string[]): { code: number | null; stderr: string; calls: string[][] } {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-slurm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  for (const name of ['srun', 'scontrol']) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> '${log}'\nexit ${name === 'srun' ? code : 0}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const env = { ...process.env, ...TASK, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status, stderr } = spawnSync('bash', [SCRIPT, ...args], { env, encoding: 'utf8' });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  return { code: status, stderr, calls: calls.map((call) => call.split(' ')) };
}

it('tools/slurm.sh joins on the cores of its task, and is queued again only if it was interrupted', () => {
  const done = runScript(0, 'experiments/table1.ts', '/shared/table', '--wait');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  const [srun, ...others] = done.calls;
  expect(others).toEqual([]);
  expect(srun?.slice(0, 5)).toEqual(['srun', '--ntasks=1', '--cpus-per-task=4', 'node', 'experiments/table1.ts']);
  expect(readTable1CommandLine(srun?.slice(5) ?? [], captureIo())).toMatchObject({
    join: '/shared/table',
    wait: true,
    request: { parallel: 1, threads: 4 },
  });

  const interrupted = runScript(130, 'experiments/table1.ts', '/shared/table');
  expect(interrupted.code).toBe(130);
  expect(interrupted.calls.at(-1)).toEqual(['scontrol', 'requeue', '7_3']);
  const failed = runScript(2, 'experiments/table1.ts', '/shared/table');
  expect([failed.code, failed.calls.length]).toEqual([2, 1]);
  expect(runScript(0, 'experiments/table1.ts')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^usage: .*\n$/),
  });
  // SLURM sends the signal to steps, and early enough for checkpoints.
  expect(readFileSync(SCRIPT, 'utf8')).toMatch(/^#SBATCH --signal=TERM@120$/m);
});

/** The fields of a job of Kubernetes that the example needs; others are refused, as by the server. */
const jobSchema = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,63}$/) }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed'),
    completions: z.int().min(1),
    parallelism: z.int().min(1),
    backoffLimit: z.int().min(0),
    podFailurePolicy: z.strictObject({
      rules: z.array(
        z.union([
          z.strictObject({
            action: z.enum(['Ignore', 'Count', 'FailJob']),
            onPodConditions: z.array(z.strictObject({ type: z.literal('DisruptionTarget') })),
          }),
          z.strictObject({
            action: z.enum(['Ignore', 'Count', 'FailJob']),
            onExitCodes: z.strictObject({ operator: z.enum(['In', 'NotIn']), values: z.array(z.int().min(1)) }),
          }),
        ]),
      ),
    }),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.literal('Never'), // a policy for failures asks for it
        terminationGracePeriodSeconds: z.int().min(60),
        containers: z
          .array(
            z.strictObject({
              name: z.string(),
              image: z.string(),
              command: z.array(z.string()),
              resources: z.record(
                z.enum(['requests', 'limits']),
                z.strictObject({ cpu: z.string(), memory: z.string() }),
              ),
              volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
            }),
          )
          .length(1),
        volumes: z.array(
          z.strictObject({ name: z.string(), persistentVolumeClaim: z.strictObject({ claimName: z.string() }) }),
        ),
      }),
    }),
  }),
});

it('the job for Kubernetes in the docs has the fields of one, and joins on the cores that it asks for', () => {
  const text = readFileSync(new URL('../../experiments/many-runs/README.md', import.meta.url), 'utf8');
  const { spec } = jobSchema.parse(JSON.parse(/```json\n(.*?)```/s.exec(text)?.[1] ?? ''));
  expect(spec.completions).toBe(spec.parallelism);
  const { containers, volumes } = spec.template.spec;
  const { command, resources, volumeMounts } = containers[0] as (typeof containers)[number];
  expect(command.slice(0, 2)).toEqual(['node', 'experiments/table1.ts']);
  const { join: folder, request } = readTable1CommandLine(command.slice(2), captureIo()) ?? {};
  expect(String(request?.threads)).toBe(resources.limits.cpu);
  expect(folder?.startsWith(`${volumeMounts[0]?.mountPath}/`)).toBe(true);
  expect(volumes.map(({ name }) => name)).toEqual(volumeMounts.map(({ name }) => name));
});
