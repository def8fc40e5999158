import type { Grammar } from '../../core/xml/index.js';
import { ATTRIBUTE, HOST } from './deployment-grammar.js';

export const HOSTS_NAMESPACE = 'urn:attitune:hosts:1';

/** `*.hosts.xml`, the inventory of a host family, as data. */
export const HOSTS_GRAMMAR: Grammar = {
  namespaces: [HOSTS_NAMESPACE],
  root: 'hosts',
  description: 'An inventory: the hosts of a family, in a file of their own.',
  variables: true,
  elements: {
    hosts: {
      description: 'All the hosts of the family that names this file, with attributes that they share.',
      children: [{ name: 'attribute' }, { name: 'host' }],
    },
    host: HOST,
    attribute: ATTRIBUTE,
  },
};
