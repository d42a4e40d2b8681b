export { provisionDatabase } from './provision-database.js';
export { readSettings, SettingsError, usage, type Settings } from './settings.js';
