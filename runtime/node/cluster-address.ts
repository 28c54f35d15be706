/**
 * Where a cluster is: the run directory of its embedded engine, or the address of NATS servers. Commands take either for `--cluster`.
 *
 * A NATS address may have secrets in it, which nobody is shown.
 */

/** @returns whether a cluster is on NATS servers, not in a directory */
export function isOnNats(cluster: string): boolean {
  return /^(nats|tls):\/\//.test(cluster)
}

/** @returns how messages name a cluster: without secrets */
export function spellCluster(cluster: string): string {
  if (!isOnNats(cluster)) return cluster
  return cluster.replace(/\/\/[^@/?]*@/, '//').replace(/\?.*$/, '')
}

/** @returns what follows `godwit node --engine` for a node of the cluster */
export function spellEngine(cluster: string): string {
  return isOnNats(cluster) ? spellCluster(cluster) : `embedded:${cluster}`
}

/** @returns the cluster that an engine's name means: `embedded:DIR` or the address of NATS servers */
export function clusterOfEngine(engine: string): string {
  return engine.replace(/^embedded:/, '')
}
