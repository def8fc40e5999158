import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { wattsAt } from '../../../core/model/power.js';
import { IpmiPower, magicPacket, sendMagicPacket } from '../../../wrappers/power/index.js';
import { fakeIpmi } from '../../support/fake-ipmi.js';

const SETTINGS = { by: 'ipmi', address: 'bmc1', user: 'admin', passwordFile: '/etc/attitune/bmc1' } as const;

describe('ways to switch a host', () => {
  it('call ipmitool with a password file, never with a password', async () => {
    const ipmi = fakeIpmi();
    await new IpmiPower('host1', SETTINGS, ipmi).off();
    const connection = ['-I', 'lanplus', '-H', 'bmc1', '-U', 'admin', '-f', '/etc/attitune/bmc1'];
    expect(ipmi.calls).to.deep.equal([
      ['ipmitool', ...connection, 'chassis', 'power', 'status'],
      ['ipmitool', ...connection, 'chassis', 'power', 'soft'],
    ]);
    expect(ipmi.calls.flat()).not.to.include('-P');
  });

  it('name the package where ipmitool is missing', async () => {
    const run = () => Promise.reject(new AttituneError('missing-package', 'it is not installed'));
    const error = await new IpmiPower('host1', SETTINGS, { run }).state().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'missing-package' });
    expect((error as Error).message).to.include('apt-get install ipmitool');
  });

  it('make a magic packet of six bytes 0xFF and sixteen times the address', () => {
    const packet = magicPacket('52:54:00:12:34:56');
    expect(packet.length).to.equal(102);
    expect(packet.subarray(0, 6).toString('hex')).to.equal('ffffffffffff');
    for (let at = 6; at < 102; at += 6) expect(packet.subarray(at, at + 6).toString('hex')).to.equal('525400123456');
    expect(magicPacket('52-54-00-12-34-56').equals(packet)).to.equal(true);
  });

  it('send it by UDP to where they are told', async () => {
    const socket = createSocket('udp4');
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      const heard = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      await sendMagicPacket('52:54:00:12:34:56', { address: '127.0.0.1', port });
      expect((await heard).equals(magicPacket('52:54:00:12:34:56'))).to.equal(true);
    } finally {
      socket.close();
    }
  });

  it('draw what the curve says, linear between its steps', () => {
    const curve = { watts: [86, 96, 117] };
    expect([0, 0.25, 0.5, 0.75, 1, 7, -1].map((use) => wattsAt(curve, use))).to.deep.equal([
      86, 91, 96, 106.5, 117, 117, 86,
    ]);
  });
});
