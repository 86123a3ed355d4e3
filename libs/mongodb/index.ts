export { databaseIn, openMongoClient, type MongoAccess } from './client.js';
