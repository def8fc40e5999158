import tseslint from 'typescript-eslint';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';

/**
 * Imports go one way: core/model <- the rest of core <- wrappers, probes, diagrams (which never import each other)
 * <- core/app, examples, test.
 */
const REST_OF_CORE = ['assets', 'bus', 'console', 'loop', 'placement', 'xml'].map((folder) => `./core/${folder}`);
const boundaries = [
  { target: './core/model', from: [...REST_OF_CORE, './core/app', './wrappers', './probes', './diagrams', './examples', './test'] },
  { target: REST_OF_CORE, from: ['./core/app', './wrappers', './probes', './diagrams', './examples', './test'] },
  { target: './core/app', from: ['./examples', './test'] },
  { target: './wrappers', from: ['./probes', './diagrams', './core/app', './core/loop', './core/console', './examples', './test'] },
  { target: './probes', from: ['./wrappers', './diagrams', './core/app', './core/loop', './core/console', './examples', './test'] },
  { target: './diagrams', from: ['./wrappers', './probes', './core/app', './core/loop', './core/console', './examples', './test'] },
  { target: './examples', from: ['./test'] },
];

export default tseslint.config(
  { ignores: ['dist/**', '.build/**', 'node_modules/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } })],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: boundaries }],
      'max-lines': ['error', { max: 600 }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      'max-lines': ['error', { max: 600 }],
    },
  },
);
