/** Programs that serve clients. */

/** Serves as many clients as `clients` says, all of them at a time, gives each back what it sends, and ends. */
export const echo = (clients: number, name = 'echo'): string => `#USE "course"
#USE "net"

PROC main (CHAN BYTE screen!)
  INT listener:
  SEQ
    net.open ("${name}", listener)
    PAR i = 0 FOR ${clients}
      INT connection:
      SEQ
        net.accept (listener, connection)
        net.echo (connection)
    out.string ("served*n", 0, screen!)
:
`

/** So many processes that each serve so many clients, one after the other: a client gets back what it sends first. Each answer brings the next client. */
export const relay = (processes: number, clients: number): string => `#USE "course"
#USE "net"

PROC main (CHAN BYTE screen!)
  INT listener:
  SEQ
    net.open ("echo", listener)
    PAR i = 0 FOR ${processes}
      [100]BYTE buffer:
      INT connection, next, length, n:
      SEQ
        net.next (listener, buffer, connection, length)
        SEQ j = 0 FOR ${clients - 1}
          INITIAL [100]BYTE answer IS buffer:
          INITIAL INT size IS length:
          SEQ
            net.finish.next (connection, [answer FOR size], n, listener, buffer, next, length)
            ASSERT (n = size)
            connection := next
        net.finish (connection, [buffer FOR length], n)
    out.string ("served*n", 0, screen!)
:
`

/** A small site: /hello, /echo/..., /slow, /broken, /short, and 404 for the rest; it serves until it is ended. */
export const SITE = `#USE "http"

PROC which (VAL []BYTE head, INT n)
  BOOL yes:
  SEQ
    n := -1
    http.matches (head, "GET", "/broken", yes)
    IF
      yes
        n := 0
      TRUE
        SKIP
    http.matches (head, "GET", "/short", yes)
    IF
      yes
        n := 1
      TRUE
        SKIP
    http.matches (head, "GET", "/nothing", yes)
    IF
      yes
        n := 2
      TRUE
        SKIP
    http.matches (head, "GET", "/away", yes)
    IF
      yes
        n := 3
      TRUE
        SKIP
    http.matches (head, "GET", "/agent", yes)
    IF
      yes
        n := 4
      TRUE
        SKIP
:

PROC answer (VAL INT connection, VAL []BYTE head, rest)
  BOOL yes, ok:
  INT from, size, n:
  SEQ
    http.matches (head, "GET", "/hello", yes)
    IF
      yes
        http.respond (connection, 200, "text/plain", "hello*n", ok)
      TRUE
        SEQ
          http.matches (head, "POST", "/echo/**", yes)
          IF
            yes
              SEQ
                http.begin (connection, 201, "application/octet-stream", ok)
                net.send (connection, rest, ok)
                net.echo (connection)
            TRUE
              SEQ
                which (head, n)
                CASE n
                  0
                    SEQ
                      net.send (connection, "200*nbad header*n*nbody", ok)
                      net.close (connection, n)
                  1
                    SEQ
                      net.send (connection, "200*ncontent-length: 100*n*nbody", ok)
                      net.close (connection, n)
                  2
                    net.close (connection, n)
                  3
                    http.redirect (connection, 302, "/hello", ok)
                  4
                    SEQ
                      http.header (head, "user-agent", from, size)
                      IF
                        size < 0
                          http.respond (connection, 200, "text/plain", "none", ok)
                        TRUE
                          http.respond (connection, 200, "text/plain", [head FROM from FOR size], ok)
                  ELSE
                    SEQ
                      http.query (head, from, size)
                      http.respond (connection, 404, "text/plain", [head FROM from FOR size], ok)
:

PROC main ()
  INT listener:
  SEQ
    net.open ("site", listener)
    PAR i = 0 FOR 8
      WHILE TRUE
        [20000]BYTE buffer:
        INT connection, head, length, n:
        SEQ
          net.accept (listener, connection)
          http.read.head (connection, buffer, head, length)
          IF
            head = 0
              net.close (connection, n)
            TRUE
              answer (connection, [buffer FOR head], [buffer FROM head FOR length - head])
:
`

/**
 * Responses of which the parts come together or apart: `/late` is closed some time after it is complete, `/pieces` has its head in pieces, `/bytes` has all
 * bytes, `/long` is longer than it says, and so is `/later`, some time after it is complete.
 */
export const APART = `#USE "http"

PROC wait ()
  TIMER clock:
  INT now:
  SEQ
    clock ? now
    clock ? AFTER now PLUS 50000
:

PROC answer (VAL INT connection, VAL BYTE which)
  BOOL ok:
  INT n:
  SEQ
    CASE which
      'a'
        SEQ
          net.send (connection, "200*ncontent-length: 4*n*nbody", ok)
          wait ()
      'b'
        SEQ
          net.send (connection, "200*ncontent-le", ok)
          wait ()
          net.send (connection, "ngth: 4*n", ok)
          wait ()
          net.send (connection, "*nbo", ok)
          wait ()
          net.send (connection, "dy", ok)
      'c'
        [256]BYTE all:
        SEQ
          SEQ i = 0 FOR 256
            all[i] := BYTE i
          http.respond (connection, 200, "text/plain", all, ok)
      'd'
        net.send (connection, "200*ncontent-length: 2*n*nbody", ok)
      ELSE
        SEQ
          net.send (connection, "200*ncontent-length: 2*n*nbo", ok)
          wait ()
          net.send (connection, "dy", ok)
    net.close (connection, n)
:

PROC main ()
  INT listener:
  SEQ
    net.open ("apart", listener)
    PAR i = 0 FOR 4
      WHILE TRUE
        [2000]BYTE buffer:
        INT connection, head, length:
        SEQ
          net.accept (listener, connection)
          http.read.head (connection, buffer, head, length)
          answer (connection, buffer[5])
:
`

/** Gives back each message, the head of the request as a text; `close` closes. */
export const MESSAGES = `#USE "http"

PROC main ()
  INT listener:
  SEQ
    net.open ("echo", listener)
    PAR i = 0 FOR 4
      WHILE TRUE
        [5000]BYTE text:
        INT connection, kind, length, n:
        BYTE what:
        INITIAL BOOL more IS TRUE:
        BOOL ok:
        SEQ
          net.accept (listener, connection)
          net.kind (connection, kind)
          ASSERT (kind = NET.WEBSOCKET)
          WHILE more
            SEQ
              ws.read (connection, text, what, length)
              IF
                what = 0
                  more := FALSE
                length < 0
                  ws.write (connection, WS.TEXT, "too long", ok)
                what = WS.HEAD
                  SEQ
                    http.target ([text FOR length], kind, n)
                    ws.write (connection, WS.TEXT, [text FROM kind FOR n], ok)
                TRUE
                  ws.write (connection, what, [text FOR length], ok)
          net.close (connection, n)
:
`
