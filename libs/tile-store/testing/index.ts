export { tileStoreContract, type TileStoreUnderTest } from './tile-store.contract.js';
