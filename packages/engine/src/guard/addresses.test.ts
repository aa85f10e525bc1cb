import { describe, expect, it } from '@jest/globals';
import { createAddressCheck } from './addresses.ts';

const nothing = createAddressCheck({ allowPrivate: [] });

describe('the address check', () => {
  it.each([
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    '100.64.0.1',
    '100.100.100.200',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '168.63.129.16',
    '::ffff:169.254.169.254',
    '2001::1',
    'nonsense',
    '',
  ])('refuses %s', (address) => {
    expect(nothing(address, 'api.example.com', '443')).toBe(false);
  });

  it.each(['140.82.121.6', '2606:50c0:8000::153', '::ffff:140.82.121.6', '64:ff9b::8c52:7906'])(
    'lets %s pass',
    (address) => {
      expect(nothing(address, 'api.example.com', '443')).toBe(true);
    },
  );

  it('opens ranges, hosts and ports that the operator names, and no more', () => {
    const check = createAddressCheck({
      allowPrivate: ['10.1.0.0/16', '127.0.0.1:4566', '[::1]:80', 'github.corp.example', 'fd00::/8'],
    });
    expect(check('10.1.2.3', 'x', '443')).toBe(true);
    expect(check('::ffff:10.1.2.3', 'x', '443')).toBe(true);
    expect(check('10.2.2.3', 'x', '443')).toBe(false);
    expect(check('127.0.0.1', '127.0.0.1', '4566')).toBe(true);
    expect(check('127.0.0.1', 'localhost', '4566')).toBe(true);
    expect(check('127.0.0.1', '127.0.0.1', '6379')).toBe(false);
    expect(check('::1', '::1', '80')).toBe(true);
    expect(check('::1', '::1', '81')).toBe(false);
    expect(check('10.9.9.9', 'github.corp.example', '8443')).toBe(true);
    expect(check('fd12::1', 'x', '443')).toBe(true);
    expect(check('169.254.169.254', 'x', '80')).toBe(false);
  });

  it.each(['10.0.0.0/33', 'host/8', 'http://a', 'a b', 'user@host'])('refuses the policy entry %s', (entry) => {
    expect(() => createAddressCheck({ allowPrivate: [entry] })).toThrow(RangeError);
  });
});
