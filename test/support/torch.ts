import { findTorch } from '../../tools/export/torch-check.ts';

/** Command of a Python that has PyTorch; null where there is none, which is said. */
export function pythonWithTorch(): string | null {
  const python = findTorch();
  if (python === null) {
    process.stderr.write('NOT CHECKED AGAINST PYTORCH: there is no Python with PyTorch (PYTHON may name one)\n');
  }
  return python;
}
