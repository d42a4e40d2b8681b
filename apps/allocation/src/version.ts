/** Version of the code. */
export const CODE_VERSION = '0.1.0';
