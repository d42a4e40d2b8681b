/** Version of this service; named in the lineage of every number as `utilization/<version>`. Equal to that of package.json. */
export const version = '0.1.0';

export const codeVersion = `utilization/${version}`;
