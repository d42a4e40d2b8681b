export { columnMeans, divide, packColumns, packRows, products } from './products';
export { cholesky, solveLower } from './factorisation';
export { backTransform, tridiagonalEigen, tridiagonalise } from './eigen';
