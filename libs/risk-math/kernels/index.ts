export { columnMeans, divide, packColumns, packRows, products } from './products';
