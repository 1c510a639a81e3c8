import Glibc
import Imaging

/// Reads a stream into a mailbox on a thread of its own.
struct LiveReading {
    let reader: Y4MReader
    let mailbox: LiveMailbox
    /// Whether frames come no faster than they are meant to be seen.
    let isPaced: Bool
    /// Whether the stream waits while the picture stands still: a file does, a camera does not.
    let shouldWait: () -> Bool
    let shouldStop: () -> Bool

    /// A pipe may be a camera, whose clock is not ours: a little faster, so that nothing piles up.
    private var pace: Double { reader.isRegularFile ? 1 : 1.02 }

    /// Reads to the end.
    func run() {
        do {
            let clock = ContinuousClock()
            var due = clock.now
            while !shouldStop(), let frame = try reader.next() {
                while reader.isRegularFile && shouldWait() && !shouldStop() {
                    usleep(20_000)
                    due = clock.now
                }
                if isPaced, let rate = reader.header.rate, rate.perSecond <= 1000 {
                    // Whoever is late starts anew: frames are not hurried after.
                    if clock.now - due > .milliseconds(200) { due = clock.now }
                    while due > clock.now && !shouldStop() {
                        usleep(UInt32(min(max((due - clock.now) / .microseconds(1), 1), 50_000)))
                    }
                    due += .seconds(1 / (rate.perSecond * pace))
                }
                guard mailbox.put(frame) else { break }
            }
            mailbox.end(nil)
        } catch {
            mailbox.end(error)
        }
    }
}
