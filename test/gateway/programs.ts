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
