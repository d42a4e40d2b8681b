/** Options or variables that cannot be used: one message for all of them, without a value. */
export class SettingsError extends Error {
  readonly code = 'PROVISION.BAD_SETTINGS';
}
