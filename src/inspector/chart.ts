import { instance } from '@viz-js/viz';
import type { Statechart } from '../record/statechart.ts';

/** Text of the node from which transitions out of any state begin: only an error causes them. */
const ANY_STATE = 'any error';

/** A statechart as DOT. The node of a state has the id `state-NAME`. */
export function chartDot({ initial, states, transitions }: Statechart): string {
  const fromAny = transitions.some(({ from }) => from === null);
  return [
    'digraph coordinator {',
    '  bgcolor=transparent nodesep=0.25 ranksep=0.4',
    '  node [shape=box style=rounded fontname="sans-serif" fontsize=13 height=0.4 margin="0.2,0.05"]',
    '  edge [fontname="sans-serif" fontsize=11 arrowsize=0.7]',
    '  start [shape=point label="" width=0.12]',
    ...(fromAny ? [`  ${quote(ANY_STATE)} [shape=plaintext]`] : []),
    ...(states.length > 0 ? [`  start -> ${quote(initial)}`] : []),
    ...states.map(({ name, final }) => {
      return `  ${quote(name)} [id=${quote(`state-${name}`)} label=${quote(toWords(name))}${final ? ' peripheries=2' : ''}]`;
    }),
    // The spaces keep neighboring labels apart.
    ...transitions.map(({ from, to, label }) => {
      return `  ${quote(from ?? ANY_STATE)} -> ${quote(to)} [label=${quote(label && `  ${toWords(label)}  `)}]`;
    }),
    '}',
  ].join('\n');
}

/** Draws a statechart as an SVG image. */
export async function drawChart(chart: Statechart): Promise<string> {
  const viz = await instance();
  return viz.renderString(chartDot(chart), { format: 'svg' });
}

/** Writes a name for people: `betweenSteps` is “between steps”. */
function toWords(name: string): string {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
