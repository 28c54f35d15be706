/** Metrics as Prometheus reads them: its text format, version 0.0.4, with names and units as its conventions have them. */
import type { Metric, Unit } from './metrics.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const SUFFIXES: Readonly<Record<Unit, string>> = { s: '_seconds', By: '_bytes', '1': '' }

/** @returns `godwit_node_cpu_seconds_total` for `node.cpu` */
function nameOf({ name, unit, kind }: Metric): string {
  return `godwit_${name.replaceAll('.', '_')}${SUFFIXES[unit]}${kind === 'counter' ? '_total' : ''}`
}

export function renderPrometheus(metrics: readonly Metric[]): string {
  return metrics
    .map((metric) => {
      const name = nameOf(metric)
      const points = metric.points.map(({ labels, value }) => `${name}{${spellLabels(labels)}} ${value}\n`)
      return `# HELP ${name} ${metric.help}.\n# TYPE ${name} ${metric.kind}\n${points.join('')}`
    })
    .join('')
}

function spellLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',')
}
