/** Says why a folder cannot be used for a run. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
}
