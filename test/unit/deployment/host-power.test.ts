import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';

function read(hosts: string, more = '') {
  const text = `<deployment xmlns="urn:attitune:deployment:1" name="test">\n${hosts}\n${more}\n</deployment>`;
  const { deployment, errors } = parseDeployment(text, 'test.deployment.xml');
  return { hosts: deployment?.hostFamilies[0]?.hosts, deployment, errors: errors.map(formatError) };
}

const family = (attributes: string, hosts: string) =>
  `<hosts family="servers" hypervisor="libvirt" ${attributes}>${hosts}</hosts>`;

describe('hosts that can be switched', () => {
  it('say how, for themselves or for their family, by their names', () => {
    const { hosts, errors } = read(
      family(
        'power="ipmi" powerAddress="bmc-{host}" powerUser="admin" powerPasswordFile="/etc/attitune/bmc" watts="90 135" offWatts="5"',
        `<host name="h1" uri="qemu:///system"/>
         <host name="h2" uri="qemu:///system" power="wake-on-lan" mac="52:54:00:AA:00:01" watts="80 100 120"/>
         <host name="h3" uri="qemu:///system" power="command" powerOn="pdu on {host}" powerOff="pdu off &quot;{host} rack&quot;"/>`,
      ),
    );
    expect(errors).to.deep.equal([]);
    expect(hosts?.map(({ power }) => power)).to.deep.equal([
      { by: 'ipmi', address: 'bmc-h1', user: 'admin', passwordFile: '/etc/attitune/bmc' },
      { by: 'wake-on-lan', mac: '52:54:00:aa:00:01', broadcast: '255.255.255.255', port: 9 },
      { by: 'command', on: ['pdu', 'on', 'h3'], off: ['pdu', 'off', 'h3 rack'] },
    ]);
    expect(hosts?.map(({ curve }) => curve?.watts)).to.deep.equal([
      [90, 135],
      [80, 100, 120],
      [90, 135],
    ]);
    expect(hosts?.[0]?.curve?.offWatts).to.equal(5);
  });

  it('are told what is missing, what means nothing and what is wrong, each with its place', () => {
    const { errors } = read(
      family(
        '',
        `<host name="h1" uri="qemu:///system" power="ipmi" powerAddress="bmc1"/>
<host name="h2" uri="qemu:///system" power="wake-on-lan" mac="52:54"/>
<host name="h3" uri="qemu:///system" mac="52:54:00:00:00:03"/>
<host name="h4" uri="qemu:///system" power="steam"/>
<host name="h5" uri="qemu:///system" watts="90"/>`,
      ),
    );
    const told = errors.join('\n');
    expect(told).to.include('power="ipmi" needs powerUser="…" and powerPasswordFile="…" of the host h1');
    expect(told).to.match(/test\.deployment\.xml:3:\d+: error value: .*52:54:00:12:34:56/);
    expect(told).to.match(/:4:\d+: error xml-attribute: of the host h3: mac says nothing without power/);
    expect(told).to.match(/:5:\d+: error value: .*steam/);
    expect(told).to.match(/:6:\d+: error value: .*two numbers or more/);
    expect(errors).to.have.length(5);
  });
});

describe('distances of hosts', () => {
  const hosts = family(
    'site="lyon"',
    '<host name="h1" uri="qemu:///system" rack="a"/><host name="h2" uri="qemu:///system" site="paris"/>',
  );

  it('are told by racks and sites', () => {
    const { deployment, errors } = read(
      hosts,
      '<distances rack="0.1" site="0.5"><distance between="lyon paris" value="12"/></distances>',
    );
    expect(errors).to.deep.equal([]);
    expect(deployment?.distances).to.deep.equal({
      rack: 0.1,
      site: 0.5,
      otherwise: 10,
      between: [{ names: ['lyon', 'paris'], distance: 12 }],
    });
    expect(read(hosts).deployment?.distances).to.include({ rack: 1, site: 2, otherwise: 10 });
  });

  it('name what there is, once, with numbers', () => {
    const wrong =
      '<distances site="near"><distance between="lyon lille" value="3"/><distance between="lyon" value="1"/></distances><distances/>';
    const told = read(hosts, wrong).errors.join('\n');
    expect(told).to.include('there is no site, rack or host "lille"');
    expect(told).to.include('must be two names');
    expect(told).to.include('a number such as 0.5 or 12');
    expect(told).to.include('more than one <distances>');
  });
});
