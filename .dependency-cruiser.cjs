/**
 * Which way imports run: the table of rooms. A room may import what is listed beside it, and itself.
 */
const rooms = {
  'src/math': [],
  'src/optimize': ['src/math', 'src/record/atomic-file.ts', 'src/record/append-file.ts'],
  'src/space': ['src/math'],
  'src/network': ['src/space', 'src/math'],
  'src/engine': ['src/network', 'src/math'],
  'src/data': ['src/math'],
  'src/options': ['src/math'],
  'src/search': [
    ...['src/options', 'src/optimize', 'src/space', 'src/network', 'src/data', 'src/math'],
    ...['src/engine/engine.ts', 'src/engine/estimate.ts'],
  ],
  'src/retrain': [
    ...['src/options', 'src/optimize', 'src/space', 'src/network', 'src/data', 'src/math'],
    ...['src/engine/engine.ts', 'src/engine/estimate.ts'],
  ],
  'src/protobuf': [],
  'src/export': ['src/protobuf', 'src/network', 'src/space', 'src/engine/engine.ts'],
  'src/record': ['src/protobuf', 'src/space'],
  'src/report': ['src/record', 'src/options', 'src/search', 'src/optimize', 'src/space', 'src/math'],
  'src/inspector': ['src/record', 'src/search', 'src/space'],
  'src/command': ['src/record', 'src/options', 'src/space', 'src/data', 'src/inspector', 'src/report'],
  actors: ['src'],
  experiments: ['src', 'actors'],
  tools: ['src', 'actors', 'experiments'],
};

const below = (room) => (room.endsWith('.ts') ? `^${room}$` : `^${room}/`);

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nobody-imports-tools', severity: 'error', from: { pathNot: '^tools/' }, to: { path: '^tools/' } },
    {
      name: 'only-actors-import-their-libraries',
      severity: 'error',
      from: { pathNot: '^actors/' },
      to: { path: 'node_modules/(xstate|piscina|msgpackr)/' },
    },
    {
      name: 'only-the-cluster-imports-the-queue',
      severity: 'error',
      from: { pathNot: '^experiments/cluster/' },
      to: { path: 'node_modules/(bullmq|ioredis)/' },
    },
    {
      name: 'the-queue-is-loaded-when-needed',
      severity: 'error',
      from: {},
      to: { path: 'node_modules/(bullmq|ioredis)/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room-${room.replace('/', '-')}`,
      severity: 'error',
      from: { path: below(room) },
      to: { path: '^(src|actors|experiments|tools)/', pathNot: [room, ...allowed].map(below) },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
