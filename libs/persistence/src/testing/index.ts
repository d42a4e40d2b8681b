export { createTestDatabase, type TestDatabase, type TestDatabaseOptions, type TestService } from './test-database.js';
