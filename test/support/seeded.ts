/**
 * Required by `.mocharc.json`: property tests try the same cases in every run, so that a run can be repeated. Other cases:
 * `ATTITUNE_TEST_SEED=N npm test`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['ATTITUNE_TEST_SEED'] ?? 1) });
