/** Who a new virtual machine is: a name, a UUID, MAC and IP addresses that no other one has, on any of the hosts. */
export { addressesOf, parseAddressRange, type AddressRange, type FixedAddress } from './address-range.js';
export { checkDomainName, guestHostName } from './domain-name.js';
export { freshAddress, freshMac, freshUuid, MACHINE_RANDOM } from './fresh.js';
export { answersOnNetwork } from './network-neighbour.js';
export { fixedAddresses, goneMeanwhile, LABELS, readTaken, type Taken } from './taken.js';
