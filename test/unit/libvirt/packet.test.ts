import { expect } from 'chai';
import fc from 'fast-check';
import { PacketFramer, VIR_NET_MESSAGE_MAX, decodePacket, encodePacket } from '../../../wrappers/libvirt/rpc/packet.js';
import { opaque } from '../../../wrappers/libvirt/rpc/xdr.js';

const header = { program: 0x20008086, version: 1, procedure: 344, type: 1, serial: 7, status: 0 };
const payload = opaque(100_000);

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const bounds = [0, ...[...places].map((place) => place % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return bounds.slice(1).map((end, index) => stream.subarray(bounds[index], end));
}

describe("packets of libvirt's protocol", () => {
  it('begin with a length that counts itself, and six words', () => {
    const packet = encodePacket(header, payload, Buffer.from('abcd'));
    expect(packet.toString('hex')).to.equal(
      ['00000024', '20008086', '00000001', '00000158', '00000001', '00000007', '00000000', '00000004', '61626364'].join(
        '',
      ),
    );
    const decoded = decodePacket(packet.subarray(4));
    expect(decoded.header).to.deep.equal(header);
    expect(payload.read(decoded.payload).toString()).to.equal('abcd');
  });

  it('come out whole however the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(), { maxLength: 40 }), (lengths, places) => {
        const packets = lengths.map((length, serial) =>
          encodePacket({ ...header, serial }, payload, Buffer.alloc(length, serial)),
        );
        const framer = new PacketFramer();
        const received: Buffer[] = [];
        for (const chunk of cut(Buffer.concat(packets), places)) framer.push(chunk, (packet) => received.push(packet));
        expect(received.map((packet) => packet.toString('hex'))).to.deep.equal(
          packets.map((packet) => packet.subarray(4).toString('hex')),
        );
      }),
    );
  });

  it('are not copied where one chunk holds them', () => {
    const chunk = encodePacket(header, payload, Buffer.alloc(64));
    new PacketFramer().push(chunk, (packet) => expect(packet.buffer).to.equal(chunk.buffer));
  });

  for (const length of [0, 3, 27, VIR_NET_MESSAGE_MAX + 5, 0xffff_ffff]) {
    it(`break the protocol with a length of ${length}`, () => {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(length);
      for (const chunks of [[prefix], [prefix.subarray(0, 2), prefix.subarray(2)]]) {
        const framer = new PacketFramer();
        const push = () => chunks.forEach((chunk) => framer.push(chunk, () => expect.fail('no packet was sent')));
        expect(push).to.throw().with.property('code', 'protocol');
      }
    });
  }

  it('that are too large are not sent', () => {
    const huge = opaque(2 ** 31);
    expect(() => encodePacket(header, huge, Buffer.alloc(VIR_NET_MESSAGE_MAX)))
      .to.throw()
      .with.property('code', 'value');
  });
});
