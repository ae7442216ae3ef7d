/** Says why a folder cannot be used for a run. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
}

/** Says that another process works, or may work, in a folder. Once it is done, or dead, the folder can be used. */
export class FolderInUseError extends RunFolderError {}
