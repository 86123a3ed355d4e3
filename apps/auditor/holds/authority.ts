import type { Problem } from '#kernel';

const maxAuthorityLength = 200;

/** An order is named by what it is known as, and nobody in it. */
export const authorityProblems = (authority: string): readonly Problem[] =>
  authority.trim() !== '' && authority.length <= maxAuthorityLength
    ? []
    : [
        {
          ...{ code: 'AUTHORITY_INVALID', field: 'authority', found: authority.slice(0, 120) },
          message: `says by whose order, in 1 to ${maxAuthorityLength} characters`,
          fix: 'such as the number of the case',
        },
      ];
