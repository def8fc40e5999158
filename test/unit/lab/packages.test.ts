import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { chooseArchive, distributionOf, transportOf } from '../../../wrappers/vm/image/archive.js';
import { aptProgress, labPackages } from '../../../wrappers/lab/packages.js';
import { notInstalled } from '../../../wrappers/vm/image/image-packages.js';

const BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const NOBLE =
  'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n';
const MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n';

describe('Packages of the lab', () => {
  it('are those that dpkg does not call installed', () => {
    const dpkg = 'qemu-utils installed\ncpio config-files\nlibvirt-daemon not-installed\nkmod installed\n';
    expect(notInstalled(['qemu-utils', 'cpio', 'libvirt-daemon', 'kmod', 'zstd'], dpkg)).to.deep.equal([
      'cpio',
      'libvirt-daemon',
      'zstd',
    ]);
  });

  it('fit the distribution', () => {
    expect(labPackages(BOOKWORM)).to.include('debian-archive-keyring').and.not.include('ubuntu-keyring');
    expect(labPackages(NOBLE)).to.include('ubuntu-keyring');
    expect(labPackages(NOBLE)).to.not.include('apache2');
    expect(labPackages(NOBLE)).to.not.include('libvirt-daemon-plugin-lockd');
    expect(labPackages(BOOKWORM.replaceAll('bookworm', 'trixie'))).to.include.members([
      'libvirt-daemon-lock',
      'libvirt-daemon-plugin-lockd',
    ]);
    expect(() => labPackages('ID=fedora\nPRETTY_NAME="Fedora 42"'))
      .to.throw(AttituneError, /Fedora 42/)
      .with.property('code', 'image-build');
  });

  it('are installed with progress: a third is the download', () => {
    expect(aptProgress('dlstatus:3:50.0:Retrieving file 3 of 6')).to.be.closeTo(1 / 6, 1e-9);
    expect(aptProgress('pmstatus:cpio:100.0000:Installed cpio')).to.equal(1);
    expect(aptProgress('Setting up cpio: done')).to.equal(undefined);
    expect(aptProgress('')).to.equal(undefined);
  });
});

describe('Archive of the guest image', () => {
  const debian = [
    'Packages|bookworm|main|http://deb.example.org/debian/|$(SIGNED_BY)',
    'Translations|bookworm|main|http://deb.example.org/debian/|$(SIGNED_BY)',
    'Packages|bookworm-updates|main|http://deb.example.org/debian/|$(SIGNED_BY)',
    'Packages|nodistro|main|https://tools.example.org/|/usr/share/keyrings/tools.gpg',
  ].join('\n');

  it('is the one that apt uses for the release', () => {
    expect(chooseArchive(debian, distributionOf(BOOKWORM))).to.deep.equal({
      distribution: 'debian',
      suite: 'bookworm',
      mirror: 'http://deb.example.org/debian',
      components: ['main'],
    });
  });

  it('takes universe on Ubuntu, the release below on what is made from it, and the keyring that apt names', () => {
    const keyring = '/usr/share/keyrings/ubuntu-archive-keyring.gpg';
    const rows = ['universe', 'main', 'restricted'].map(
      (part) => `Packages|noble|${part}|http://archive.example.org/ubuntu/|${keyring}`,
    );
    for (const release of [NOBLE, MINT]) {
      expect(chooseArchive(rows.join('\n'), distributionOf(release))).to.deep.equal({
        distribution: 'ubuntu',
        suite: 'noble',
        mirror: 'http://archive.example.org/ubuntu',
        components: ['main', 'universe'],
        keyring,
      });
    }
  });

  it('is refused where there is none that debootstrap can read', () => {
    expect(() => chooseArchive('', distributionOf(BOOKWORM)))
      .to.throw(AttituneError)
      .with.property('code', 'image-build');
    const cdrom = 'Packages|bookworm|main|cdrom://[Debian]/|';
    expect(() => chooseArchive(cdrom, distributionOf(BOOKWORM))).to.throw(AttituneError, /cdrom/);
  });

  it('is reached as apt reaches it', () => {
    const dump = [
      'Acquire::http::Proxy "http://proxy.example.org:3128";',
      'Acquire::https::Proxy::deb.example.org "DIRECT";',
      'Acquire::https::CaInfo "/etc/ssl/own.pem";',
      'Acquire::http "";',
    ].join('\n');
    expect(transportOf(dump, 'http://deb.example.org/debian')).to.deep.equal({
      env: { http_proxy: 'http://proxy.example.org:3128', no_proxy: 'deb.example.org' },
      certificates: '/etc/ssl/own.pem',
    });
    expect(transportOf('', 'http://deb.example.org/debian')).to.deep.equal({ env: {} });
  });
});
