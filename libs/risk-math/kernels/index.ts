export { columnMeans, finishBlock, packColumns, packRows, products } from './products';
export { cholesky, solveLower } from './factorisation';
export { descend, packTriangle } from './descent';
export { backTransform, tridiagonalEigen, tridiagonalise } from './eigen';
export { byPath, correlate, normals, tailQuantiles } from './random';
export { addExposures, rowProducts } from './factor-form';
