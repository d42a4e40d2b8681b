/** Version of this service. Equal to that of package.json. */
export const version = '0.1.0';
