export {
  createTestDatabase,
  testTimescale,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestService,
  type TestTimescale,
} from './test-database.js';
