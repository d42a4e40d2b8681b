export { provisionDatabase } from './database/provision-database.js';
export { readSettings, usage, type Settings } from './database/settings.js';
export { serviceNames, services } from './services.js';
export { SettingsError } from './settings-error.js';
