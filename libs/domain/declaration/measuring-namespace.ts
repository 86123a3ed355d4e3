/**
 * Where `holdfast bench` runs what an installation is measured with. Nobody's experiment: its runs are found by who names the
 * namespace or their id, and are in no list that names no namespace.
 */
export const measuringNamespace = 'holdfast-bench';
