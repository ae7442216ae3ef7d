/** Error of an option that breaks a rule; the message names the rule and the value. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}
