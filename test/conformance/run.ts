import ora from 'ora';
import { packageRoot } from '../../core/assets/package-root.js';
import { AttituneError, formatError } from '../../core/model/errors.js';
import { conforms, runConformance } from './conformance.js';
import { reportJson, reportText } from './report.js';
import { suiteFolder } from './suite.js';

/** `npm run conformance [-- --json]`: exit code 0 all right, 1 a test failed, 2 the suite is not there. */
const json = process.argv.includes('--json');
const spinner = ora({ stream: process.stderr, discardStdin: false });
const begun = Date.now();
try {
  const root = packageRoot();
  const result = await runConformance(await suiteFolder(root), root, (done, all) => {
    if (Date.now() - begun < 2000 || (!process.stderr.isTTY && done % 100 !== 0)) return;
    spinner.start().text = `SCXML conformance: ${done} of ${all} tests`;
  });
  spinner.stop();
  console.log(json ? JSON.stringify(reportJson(result), undefined, 2) : reportText(result));
  process.exitCode = conforms(result) ? 0 : 1;
} catch (error) {
  spinner.stop();
  console.error(formatError(AttituneError.from(error)));
  process.exitCode = 2;
}
