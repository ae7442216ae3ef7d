import { instance } from '@viz-js/viz';
import { coordinatorMachine } from '../../actors/run/machine.ts';

/** A transition of the chart; `label` says when it is taken, where that is not simply the end of the state's work. */
interface ChartTransition {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The node that stands for errors in any state: no state has this name. */
const ANY_ERROR = 'any error';

type StateNode = (typeof coordinatorMachine.root.states)[keyof typeof coordinatorMachine.root.states];

/** States of the coordinator's machine, in its order. */
export function chartStates(): string[] {
  return Object.keys(coordinatorMachine.root.states);
}

/** Transitions between states, as the machine itself has them. */
export function chartTransitions(): ChartTransition[] {
  const { root } = coordinatorMachine;
  const of = (
    from: string,
    event: string,
    transition: StateNode['always'] extends (infer T)[] | undefined ? T : never,
  ) => (transition.target ?? []).map((target) => ({ from, to: target.key, label: labelOf(event, transition.guard) }));
  return [
    ...Object.values(root.states).flatMap((state: StateNode) => [
      ...(state.always ?? []).flatMap((transition) => of(state.key, '', transition)),
      ...[...state.transitions].flatMap(([event, all]) => all.flatMap((each) => of(state.key, event, each))),
    ]),
    ...[...root.transitions].flatMap(([event, all]) => all.flatMap((each) => of(ANY_ERROR, event, each))),
  ];
}

/** The statechart as DOT; the nodes of the states have the ids `state-NAME`. */
export function chartDot(): string {
  const { root } = coordinatorMachine;
  const [initial] = root.initial.target;
  const states = Object.values(root.states).map(
    ({ key, type }: StateNode) =>
      `  ${quote(key)} [id=${quote(`state-${key}`)}${type === 'final' ? ' peripheries=2' : ''}]`,
  );
  // The spaces keep labels beside each other apart.
  const transitions = chartTransitions().map(
    ({ from, to, label }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(label && ` ${label} `)}]`,
  );
  return [
    'digraph coordinator {',
    '  bgcolor=transparent nodesep=0.25 ranksep=0.4',
    '  node [shape=box style=rounded fontname="sans-serif" fontsize=13 height=0.4 margin="0.14,0.05"]',
    '  edge [fontname="sans-serif" fontsize=11 arrowsize=0.7]',
    '  start [shape=point label="" width=0.12]',
    `  ${quote(ANY_ERROR)} [shape=plaintext]`,
    `  start -> ${quote(initial?.key ?? '')}`,
    ...states,
    ...transitions,
    '}',
  ].join('\n');
}

/** The statechart as an SVG image. */
export async function drawChart(): Promise<string> {
  const viz = await instance();
  return viz.renderString(chartDot(), { format: 'svg' });
}

function labelOf(event: string, guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) {
    const params = 'params' in guard && typeof guard.params === 'object' ? guard.params : null;
    return [guard.type, ...Object.values(params ?? {})].join(' ');
  }
  return event.startsWith('xstate.') ? '' : event;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
