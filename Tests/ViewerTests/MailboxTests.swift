import Dispatch
import Testing
import Viewer

@Suite struct MailboxTests {
    @Test func theNewestWins() {
        let mailbox = Mailbox<Int>()
        #expect(mailbox.take() == nil)
        #expect(!mailbox.put(1))
        #expect(mailbox.put(2))
        #expect(mailbox.take() == 2)
        #expect(mailbox.take() == nil)
    }

    @Test func valuesArriveInOrderUnderLoad() {
        let mailbox = Mailbox<Int>()
        let done = DispatchSemaphore(value: 0)
        let total = 20_000
        DispatchQueue.global().async {
            for value in 1...total { mailbox.put(value) }
            done.signal()
        }
        var last = 0
        var isDone = false
        while last < total {
            if let value = mailbox.take() {
                #expect(value > last)
                last = value
            } else if isDone {
                break
            }
            if !isDone, done.wait(timeout: .now()) == .success { isDone = true }
        }
        #expect(last == total)
    }

    @Test func theFeedKeepsCurvesAndTheNewestOfTheRest() throws {
        let feed = LiveFeed()
        #expect(feed.take() == nil)
        for step in 0..<10 {
            feed.publish(
                ViewerUpdate(
                    progress: RunProgress(state: .running, step: step),
                    metrics: [MetricPoint(step: step, values: ["g_loss": Double(step)])],
                    frames: [SyntheticRun.flowers(step: step, cell: 4)],
                    messages: ["message \(step)"]))
        }
        feed.publish(
            ViewerUpdate(frames: [SyntheticRun.flowers(step: 3, variant: .raw, cell: 4)]))
        let update = try #require(feed.take())
        #expect(update.metrics.map(\.step) == Array(0..<10))
        #expect(update.progress?.step == 9)
        #expect(update.frames.map(\.step) == [9, 3])
        #expect(update.messages.count == 10)
        #expect(feed.take() == nil)
    }

    @Test func theFeedIsBounded() throws {
        let feed = LiveFeed(pointLimit: 100)
        for step in 0..<10_000 {
            feed.publish(ViewerUpdate(metrics: [MetricPoint(step: step, values: [:])]))
        }
        let points = try #require(feed.take()).metrics
        #expect(points.count <= 100)
        #expect(points.last?.step == 9_999)
    }
}
