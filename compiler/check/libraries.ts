/**
 * What the library `course` declares, to say where a name is that somebody uses without including it. A test compares the list with the library.
 */
export const COURSE: ReadonlySet<string> = new Set(
  (
    'ask.bool ask.byte ask.int ask.string black.hole buffer.set.bin8 buffer.set.hex buffer.set.int buffer.set.real32 ' +
    'buffer.set.real64 buffer.set.string byte.in.string compare.string copy.string cursor.down cursor.invisible cursor.left ' +
    'cursor.right cursor.up cursor.visible cursor.x.y delta ends.with.string equal.string erase.bol erase.bos erase.eol erase.eos ' +
    'erase.line erase.screen fibonacci file.in.int file.in.number file.in.string file.in.token flush goto.x.y id in.bool in.byte ' +
    'in.digit in.int in.skip in.string integrate make.string merge.bytes merge.lines numbers out.bool out.byte out.ch out.hex ' +
    'out.int out.real32 out.real64 out.repeat out.string out.yes.no pairs plus pos.int pos.yes.no prefix random random.bool ' +
    'random.gaussian.real32 random.gaussian.real32s random.get random.init random.init.from.time random.int random.real32 ' +
    'random.real32.signed random.split squares starts.with.string string.to.int succ tail times write.string'
  ).split(' '),
)
