import { expect } from 'chai';
import { packageRoot } from '../../core/assets/package-root.js';
import { runConformance } from '../conformance/conformance.js';
import type { Conformance, Section } from '../conformance/conformance.js';
import { suiteFolder } from '../conformance/suite.js';
import { skipBecause } from '../support/skip.js';

describe('SCXML conformance', function () {
  this.timeout(120_000);
  let result: Conformance;

  before(async function () {
    let suite: string;
    try {
      suite = await suiteFolder(packageRoot());
    } catch {
      skipBecause(this, "W3C's suite is not there and cannot be fetched", 'npm run conformance');
      return;
    }
    result = await runConformance(suite, packageRoot());
  });

  const failed = ({ outcomes }: Section) => outcomes.filter(({ passed }) => !passed);

  it('passes all 160 mandatory automatic tests of W3C', () => {
    expect(failed(result.mandatory)).to.deep.equal([]);
    expect(result.mandatory.outcomes).to.have.length(160);
  });

  it('passes all 33 optional automatic tests of W3C', () => {
    expect(failed(result.optional)).to.deep.equal([]);
    expect(result.optional.outcomes).to.have.length(33);
  });

  it('passes those of HTTP over sockets, too', () => {
    expect(failed(result.sockets)).to.deep.equal([]);
    expect(result.sockets.outcomes).to.have.length(11);
  });

  it("explains every deviation from the framework's scripts by a clause of the standard", () => {
    expect(result.unexplained).to.deep.equal([]);
    expect(result.framework.outcomes).to.have.length(127);
  });
});
