import { expect, it } from 'vitest';
import { STEP_KINDS } from '../../../src/record/trace-line.ts';
import { CELL_KINDS } from '../../../src/space/cell.ts';
import { PRIMITIVES } from '../../../src/space/primitives.ts';
import { importPage } from './import-page.ts';

it('the filters have every kind of step, cell and primitive', async () => {
  const { CHOICES } = await importPage('filters.js');
  expect(CHOICES).toMatchObject({ kind: [...STEP_KINDS], cell: [...CELL_KINDS], primitive: [...PRIMITIVES] });
});
