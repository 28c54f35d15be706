// What the test explorer reads: the tests of a text, and the lines of `godwit test --json`. Knows nothing of VS Code.

/**
 * @param {string} text of a program
 * @returns {{ title: string, line: number }[]} its tests, lines from zero
 */
function testsIn(text) {
  return text.split('\n').flatMap((line, i) => {
    const title = /^TEST "((?:[^"*]|\*.)*)"/.exec(line)?.[1]
    return title === undefined ? [] : [{ title: title.replace(/\*(["'*])/g, '$1'), line: i }]
  })
}

/**
 * @param {(line: any) => void} take is given each complete line as it comes
 * @returns {(piece: string) => void} takes in pieces of output
 */
function reader(take) {
  let rest = ''
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('{')) take(JSON.parse(line))
  }
}

module.exports = { testsIn, reader }
