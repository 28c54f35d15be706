/** Output streams of a program that may write only so much. */
import type { OutputStream } from './sink.ts'

/**
 * @param most bytes that may be written on all of them together: the rest vanishes
 * @param exceeded is called once, when there is more
 * @returns streams that pass on what is written
 */
export function counted<const Streams extends readonly OutputStream[]>(
  streams: Streams,
  most: number,
  exceeded: () => void,
): { readonly [K in keyof Streams]: OutputStream } {
  let left = most
  let isTold = false
  const wrap = (stream: OutputStream): OutputStream => ({
    write: (bytes, done) => {
      const passed = bytes.subarray(0, left)
      left -= passed.length
      if (passed.length < bytes.length && !isTold) {
        isTold = true
        exceeded()
      }
      if (passed.length > 0) return stream.write(passed, done)
      queueMicrotask(done)
      return true
    },
    on: (event, listener) => stream.on(event, listener),
    off: (event, listener) => stream.off(event, listener),
  })
  return streams.map(wrap) as { [K in keyof Streams]: OutputStream } // as many as there are
}
