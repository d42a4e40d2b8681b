/** Version of the code, named with every number it makes. */
export const CODE_VERSION = '0.1.0';
