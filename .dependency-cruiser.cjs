/**
 * Imports go one way: core/model <- the rest of core <- wrappers, probes, diagrams (which never import each other)
 * <- core/app, examples, test. No cycles.
 */
const not = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { path: to } });

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Break the circle: move what both need below them.',
      from: {},
      to: { circular: true },
    },
    not(
      'model-imports-nothing',
      '^core/model/',
      '^(core/(?!model/)|wrappers/|probes/|diagrams/|examples/|test/)',
      'core/model is pure data and rules.',
    ),
    not(
      'core-knows-no-plug-ins',
      '^core/(?!app/)',
      '^(core/app/|wrappers/|probes/|diagrams/|examples/|test/)',
      'Only core/app puts things together.',
    ),
    not('app-knows-no-tests', '^core/app/', '^(examples/|test/)', 'What ships does not need its tests.'),
    not(
      'wrappers-apart',
      '^wrappers/',
      '^(probes/|diagrams/|core/(app|loop|console)/|examples/|test/)',
      'Plug-ins know the contracts only.',
    ),
    not(
      'probes-apart',
      '^probes/',
      '^(wrappers/|diagrams/|core/(app|loop|console)/|examples/|test/)',
      'Plug-ins know the contracts only.',
    ),
    not(
      'diagrams-apart',
      '^diagrams/',
      '^(wrappers/|probes/|core/(app|loop|console)/|examples/|test/)',
      'Plug-ins know the contracts only.',
    ),
    not('examples-before-tests', '^examples/', '^test/', 'Examples ship; tests do not.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.build)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // a type-only import is a dependency of the design, too
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
