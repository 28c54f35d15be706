/** A page that shows numbers, and a program that sends them: 0, 1, 2 and so on to each client, from a counter in a process of its own. */

const PAGE = `<!doctype html><title>feed</title><p id=last></p><script type=module>
import { connect } from '/.well-known/godwit/client/index.js'
const gateways = new URLSearchParams(location.search).getAll('gateway')
window.numbers = []
window.states = []
const connection = connect(gateways, { onState: (state) => window.states.push(state) })
for await (const text of connection) {
  window.numbers.push(Number(text))
  last.textContent = text
}
</script>`

/** A text in the language, over several lines. */
const spelt = (text: string): string =>
  text
    .split('\n')
    .map((line) => `${line.replaceAll('*', '**').replaceAll('"', '*"').replaceAll("'", "*'")}*n`)
    .join('*\n*')

export const FEED = `#USE "http"
#USE "convert"

VAL page IS "${spelt(PAGE)}":

PROC feed (VAL INT connection)
  TIMER clock:
  INT now, n, size, done:
  INITIAL BOOL ok IS TRUE:
  [20]BYTE text:
  SEQ
    n := 0
    clock ? now
    WHILE ok
      SEQ
        INTTOSTRING (size, text, n)
        ws.write (connection, WS.TEXT, [text FOR size], ok)
        n := n + 1
        now := now PLUS 10000
        clock ? AFTER now
    net.close (connection, done)
:

PROC seat (VAL INT listener)
  WHILE TRUE
    [8192]BYTE buffer:
    INT connection, kind, head, length:
    BOOL ok:
    SEQ
      net.accept (listener, connection)
      net.kind (connection, kind)
      IF
        kind = NET.WEBSOCKET
          feed (connection)
        TRUE
          SEQ
            http.read.head (connection, buffer, head, length)
            http.respond (connection, 200, "text/html", page, ok)
:

PROC main ()
  INT listener:
  SEQ
    net.open ("feed", listener)
    PAR i = 0 FOR 8
      seat (listener)
:
`
