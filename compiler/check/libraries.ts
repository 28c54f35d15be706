/**
 * What the libraries declare, to say where a name is that somebody uses without including it. A test compares the lists with the libraries.
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

/** What the other libraries declare, for the same purpose. */
export const LIBRARIES: ReadonlyMap<string, string> = new Map(
  (
    [
      ['cluster', 'migrate.to node.name node.count'],
      ['debug', 'debug.bool debug.int debug.int64 debug.real64 debug.string'],
      [
        'file',
        'file.blocking.read file.blocking.write file.check.access file.close file.delete file.error file.exists file.fd.fd.copy file.fd.size file.get.long.options file.get.options file.mkdir file.nth.arg file.num.args file.open file.open3 file.read file.rename file.rmdir file.seek file.size file.truncate file.unlink file.write get.options nth.arg num.args',
      ],
      [
        'hostio.lib',
        'so.ask so.buffer so.close so.commandline so.eof so.exit so.ferror so.flush so.fwrite.char so.fwrite.hex.int so.fwrite.hex.int32 so.fwrite.hex.int64 so.fwrite.int so.fwrite.int32 so.fwrite.int64 so.fwrite.nl so.fwrite.real32 so.fwrite.real64 so.fwrite.string so.fwrite.string.nl so.getenv so.getkey so.gets so.multiplexor so.open so.open.temp so.overlapped.buffer so.overlapped.multiplexor so.overlapped.pri.multiplexor so.pollkey so.popen.read so.pri.multiplexor so.puts so.read so.read.echo.any.int so.read.echo.hex.int so.read.echo.hex.int32 so.read.echo.hex.int64 so.read.echo.int so.read.echo.int32 so.read.echo.int64 so.read.echo.line so.read.echo.real32 so.read.echo.real64 so.read.line so.remove so.rename so.seek so.system so.tell so.test.exists so.time so.time.to.ascii so.time.to.date so.today.ascii so.today.date so.version so.write so.write.char so.write.hex.int so.write.hex.int32 so.write.hex.int64 so.write.int so.write.int32 so.write.int64 so.write.nl so.write.real32 so.write.real64 so.write.string so.write.string.nl',
      ],
      [
        'http',
        'http.begin http.call http.decode.path http.decode.query http.encode http.fetch http.header http.matches http.method http.next http.parameter http.path http.query http.read.body http.read.head http.redirect http.refuse http.reply http.reply.next http.respond http.respond.next http.route http.target ws.read ws.write',
      ],
      ['http_server', 'http.server'],
      [
        'json',
        'json.begin json.check json.close.array json.close.object json.find json.get.int json.get.int64 json.get.real64 json.get.string json.next json.open.array json.open.object json.put.bool json.put.int json.put.int64 json.put.json json.put.name json.put.null json.put.real64 json.put.string json.skip json.why',
      ],
      [
        'net',
        'net.accept net.claim net.close net.connect net.echo net.fill net.finish net.finish.next net.finish.take net.kind net.next net.open net.peer net.read net.send net.serve net.shut net.status net.take net.write',
      ],
      [
        'sock',
        'socket.accept socket.addr.of.ip socket.close socket.connect socket.connect.host socket.create.listen.socket socket.error socket.full.read socket.fullread socket.fullwrite socket.ip.of.addr socket.read socket.shutdown socket.write',
      ],
      ['ss', 'fg.col'],
      [
        'streamio.lib',
        'ks.keystream.sink ks.keystream.to.scrstream ks.read.char ks.read.int ks.read.int64 ks.read.line ks.read.real32 ks.read.real64 so.keystream.from.file so.keystream.from.kbd so.keystream.from.stdin so.scrstream.to.ANSI so.scrstream.to.file so.scrstream.to.stdout ss.beep ss.clear.eol ss.clear.eos ss.del.line ss.delete.chr ss.down ss.goto.xy ss.ins.line ss.insert.char ss.left ss.right ss.scrstream.copy ss.scrstream.fan.out ss.scrstream.from.array ss.scrstream.multiplexor ss.scrstream.sink ss.scrstream.to.array ss.up ss.write.char ss.write.endstream ss.write.hex.int ss.write.hex.int64 ss.write.int ss.write.int64 ss.write.nl ss.write.real32 ss.write.real64 ss.write.string ss.write.text.line',
      ],
      [
        'string.lib',
        'append.char append.hex.int append.hex.int64 append.int append.int64 append.real32 append.real64 append.text char.pos compare.strings delete.string eqstr insert.string is.digit is.hex.digit is.id.char is.in.range is.lower is.upper next.int.from.line next.word.from.line search.match search.no.match str.shift string.pos to.lower.case to.upper.case',
      ],
      [
        'time',
        'days.in.month iso.to.time leap.year sleep sleep.ms sleep.until time.format time.join time.local time.now time.split time.to.iso time.utc time.zone',
      ],
    ] as const
  ).flatMap(([library, names]) => names.split(' ').map((name): [string, string] => [name, library])),
)
