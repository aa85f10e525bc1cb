import { describe, expect, it } from '@jest/globals';
import { aws } from './index.ts';
import { leastRole, readPolicyDocument, toCloudFormation, toTerraform } from './least-policy.ts';

const who = { principalArn: 'arn:aws:iam::999988887777:user/fleet', externalId: 'external-1' };

describe('the least policy', () => {
  it('asks for the permissions of the chosen types only', () => {
    const { policy } = leastRole({ ...who, types: ['aws.vpc', 'aws.password_policy'] });
    expect(policy.Statement).toEqual([
      {
        Sid: 'EvidenceFleetReadsEc2',
        Effect: 'Allow',
        Action: ['ec2:DescribeRegions', 'ec2:DescribeVpcs'],
        Resource: '*',
      },
      { Sid: 'EvidenceFleetReadsIam', Effect: 'Allow', Action: ['iam:GetAccountPasswordPolicy'], Resource: '*' },
    ]);
  });

  it('has a statement a service, each action once, sorted, and nothing that writes', () => {
    const statements = readPolicyDocument(aws.streams).Statement;
    const services = statements.map(({ Action }) => String(Action[0]).split(':')[0]);
    expect(services).toEqual([...new Set(services)].sort());
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions).toEqual([...new Set(actions)].sort());
    const writing = actions.filter((action) => !/^[a-z0-9]+:(Get|List|Describe|Lookup)[A-Za-z]+$/.test(action));
    expect(writing).toEqual(['iam:GenerateCredentialReport']); // has AWS write the report that is read
  });

  it('stays below what a role may hold inline', () => {
    expect(JSON.stringify(readPolicyDocument(aws.streams)).length).toBeLessThan(10_240);
  });

  it('names what can be chosen instead of a type that aws does not collect', () => {
    expect(() => leastRole({ ...who, types: ['aws.nothing'] })).toThrow(/aws\.nothing: choose from .*aws\.iam_user/);
  });
});

describe('the role as a template', () => {
  const role = leastRole({ ...who, types: aws.streams.map(({ evidence }) => evidence.name) });

  it('is bound to the external id', () => {
    expect(role.trustPolicy.Statement).toMatchObject([
      {
        Action: 'sts:AssumeRole',
        Principal: { AWS: who.principalArn },
        Condition: { StringEquals: { 'sts:ExternalId': 'external-1' } },
      },
    ]);
  });

  it('is a CloudFormation template with both documents', () => {
    const { Properties } = JSON.parse(toCloudFormation(role)).Resources.EvidenceFleetRole;
    expect(Properties.AssumeRolePolicyDocument).toEqual(role.trustPolicy);
    expect(Properties.Policies).toEqual([{ PolicyName: 'EvidenceFleetRead', PolicyDocument: role.policy }]);
  });

  it('is a Terraform configuration with both documents, in which nothing is taken for a template', () => {
    const text = toTerraform(leastRole({ ...who, types: ['aws.vpc'], externalId: `a$${'{b}%{c}'}` }));
    const documents = [...text.matchAll(/jsonencode\((\{.*?\n {2}\})\)/gs)].map(([, json]) => JSON.parse(json ?? ''));
    expect(documents).toHaveLength(2);
    expect(documents[1]).toEqual(leastRole({ ...who, types: ['aws.vpc'] }).policy);
    expect(documents[0].Statement[0].Condition.StringEquals['sts:ExternalId']).toBe('a$${b}%%{c}');
  });
});
