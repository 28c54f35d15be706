/** Words that jump out of a loop or a routine in other languages, and what is written here. */

/** @returns what to write instead of a jump; nothing for a word that is none */
export function jumpMeant(word: string): string | undefined {
  switch (word.toLowerCase()) {
    case 'break':
    case 'exit':
    case 'leave':
    case 'last':
      return 'a loop ends when its condition is FALSE: write `WHILE going` with a `BOOL going`, and `going := FALSE` where it is to end'
    case 'continue':
    case 'next':
      return 'a loop has no jump to its next round: put what is to be left out under a condition of an `IF`'
    case 'return':
    case 'quit':
      return 'a PROC ends after its last process: put what is to be left out under a condition of an `IF`'
    default:
      return undefined
  }
}
