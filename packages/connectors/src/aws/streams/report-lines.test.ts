import { describe, expect, it } from '@jest/globals';
import { readReport } from './report-lines.ts';

const head =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,cert_1_active,cert_2_active';
const rest = '2026-01-01T00:00:00+00:00,true,N/A,N/A,N/A,true,false,N/A,N/A,false,N/A,N/A,false,false';

describe('readReport', () => {
  it('reads lines by the names of their columns', () => {
    expect(readReport(`${head}\nann,arn:ann,${rest}\n`)).toMatchObject([
      { user: 'ann', arn: 'arn:ann', mfa_active: 'true' },
    ]);
  });

  it('reads a name with commas, which the report does not quote', () => {
    expect(readReport(`${head}\na,b,c,arn:a,b,c,${rest}`)).toMatchObject([
      { user: 'a,b,c', arn: 'arn:a,b,c', user_creation_time: '2026-01-01T00:00:00+00:00' },
    ]);
  });

  it('refuses a report without a column, and one that ends within a line', () => {
    const malformed = expect.objectContaining({ code: 'malformed' });
    expect(() => readReport(`${head.replace('mfa_active,', '')}\n`)).toThrow(malformed as unknown as Error);
    expect(() => readReport(`${head}\nann,arn:ann,2026-01-01`)).toThrow(malformed as unknown as Error);
  });
});
