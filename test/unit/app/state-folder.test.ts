import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { stateFolder } from '../../../core/app/state-folder.js';

describe('where stores are kept', () => {
  it('is what the call says, then the environment, then by who calls', () => {
    expect(stateFolder('here', { ATTITUNE_STATE: '/there' }, true)).to.equal(resolve('here'));
    expect(stateFolder(undefined, { ATTITUNE_STATE: '/there' }, true)).to.equal('/there');
    expect(stateFolder(undefined, { XDG_STATE_HOME: '/x' }, true)).to.equal('/var/lib/attitune');
    expect(stateFolder(undefined, { XDG_STATE_HOME: '/x' }, false)).to.equal('/x/attitune');
    expect(stateFolder(undefined, {}, false)).to.equal(join(homedir(), '.local/state/attitune'));
  });
});
