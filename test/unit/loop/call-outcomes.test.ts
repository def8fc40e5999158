import { expect } from 'chai';
import { CallOutcomes } from '../../../core/loop/operations/call-outcomes.js';
import { AttituneError } from '../../../core/model/errors.js';

describe('outcomes of operations that a session has not taken note of', () => {
  it('are given again after a restart, results and failures alike', () => {
    let changes = 0;
    const outcomes = new CallOutcomes([], () => (changes += 1));
    outcomes.ended('s/1', 'Tomcat_1', { pid: 7 });
    outcomes.ended('s/1', 'Tomcat_2', undefined);
    outcomes.failed('s/1', 'Tomcat_3', new AttituneError('operation-timeout', 'too slow'));
    expect(changes).to.equal(3);
    const again = new CallOutcomes(JSON.parse(JSON.stringify(outcomes)) as []);
    expect(again.replay('s/1', 'Tomcat_1')).to.deep.equal({ result: { pid: 7 } });
    expect(again.replay('s/1', 'Tomcat_2')).to.deep.equal({ result: undefined });
    expect(() => again.replay('s/1', 'Tomcat_3'))
      .to.throw(AttituneError, 'too slow')
      .with.property('code', 'operation-timeout');
    expect(again.replay('s/1', 'Tomcat_4')).to.equal(undefined);
    expect(again.replay('s/2', 'Tomcat_1')).to.equal(undefined);
  });

  it('tell an operation that was cut off from one that had not begun', () => {
    let written = 0;
    const outcomes = new CallOutcomes([], undefined, () => (written += 1));
    outcomes.begin('s/1', 'A_1');
    expect(written).to.equal(1);
    const again = new CallOutcomes(JSON.parse(JSON.stringify(outcomes)) as []);
    expect(again.hasBegun('s/1', 'A_1')).to.equal(true);
    expect(again.hasBegun('s/1', 'A_2')).to.equal(false);
    expect(again.replay('s/1', 'A_1')).to.equal(undefined);
    again.ended('s/1', 'A_1', 5);
    expect(again.replay('s/1', 'A_1')).to.deep.equal({ result: 5 });
    const failing = new CallOutcomes([], undefined, () => {
      throw new AttituneError('store', 'full');
    });
    expect(() => failing.begin('s/1', 'A_1')).to.throw(AttituneError, 'full');
    expect(failing.hasBegun('s/1', 'A_1')).to.equal(false);
  });

  it('are forgotten once the session waits for other calls', () => {
    const outcomes = new CallOutcomes();
    outcomes.ended('s/1', 'A_1', 1);
    outcomes.ended('s/2', 'A_1', 2);
    outcomes.forgetBut(['s/2', 's/3']);
    expect(outcomes.toJSON()).to.deep.equal([{ key: 's/2', component: 'A_1', result: 2 }]);
  });
});
