import CSDL2
import Synchronization
import Testing
import Viewer

extension DrawnTests.WindowTests {
    @Test func theExplorerWorksInTheWindow() throws {
        try withEnvironment(Self.dummy) {
            let source = SyntheticRun(
                capabilities: [.save, .explore], network: SyntheticRun.styled)
            let driver = try Driver(source)
            let session = driver.session
            defer { session.close() }
            try #require(try driver.run { $0.model.progress != nil })
            driver.press(SDLK_g)
            #expect(try driver.run { $0.model.explorer.frame != nil })
            try driver.settle()

            // The slider, and a key.
            let timeline = try #require(session.layout).timeline
            try driver.click(Point(x: timeline.centre.x, y: timeline.y + 21))
            #expect(try driver.run { !$0.model.explorer.isBehind })
            #expect(abs(session.model.explorer.request.share - 0.5) < 0.02)
            driver.press(SDLK_RIGHT, shift: true)
            #expect(try driver.run { !$0.model.explorer.isBehind })
            let share = session.model.explorer.request.share

            // Dragging the picture goes along the way.
            let panel = try #require(session.layout).grid.centre
            driver.move(to: panel)
            try driver.settle()
            driver.button(at: panel, isDown: true)
            try driver.settle()
            for part in 1...4 {
                driver.move(to: Point(x: panel.x + Float(part) * 20, y: panel.y))
                try driver.settle()
            }
            driver.button(at: Point(x: panel.x + 80, y: panel.y), isDown: false)
            try driver.settle()
            let moved = session.model.explorer.request.share - share
            #expect(moved > 0.05 && moved < 0.4, "\(moved)")

            for (text, layers) in [
                ("Coarse", [0, 1, 2]), ("9", [0, 1, 2, 9]), ("Coarse", [9]),
            ] as [(String, Set<Int>)] {
                try driver.click(try #require(driver.place(of: text), "\(text)"))
                #expect(session.model.explorer.request.mixedLayers == layers)
            }
            driver.press(SDLK_c)
            #expect(try driver.run { !$0.model.explorer.isBehind })
            try driver.settle()
            #expect(driver.place(of: "roses") != nil)
            driver.press(SDLK_s)
            #expect(
                try driver.run { session in
                    session.model.toasts.contains { $0.text.contains("explored-1-2.png") }
                })
            let last = try #require(source.record.withLock { $0.explored.last })
            #expect(last.mixedLayers == [9] && last.label == 1)
            driver.press(SDLK_ESCAPE)
            #expect(try driver.run { !$0.model.isExploring })
            #expect(session.model.overlay == nil, "the window stays")
        }
    }

    @Test func picturesThatCannotBeMadeAreSaidInTheWindow() throws {
        try withEnvironment(Self.dummy) {
            let driver = try Driver(
                SyntheticRun(capabilities: [.explore], network: SyntheticRun.styled))
            defer { driver.session.close() }
            try #require(try driver.run { $0.model.progress != nil })
            driver.press(SDLK_g)
            #expect(try driver.run { $0.model.explorer.frame != nil })
            for _ in 0..<12 {
                driver.press(SDLK_a)
                try driver.settle()
            }
            #expect(
                try driver.run { session in
                    session.model.toasts.contains { $0.text.contains("an unlucky seed") }
                })
            driver.press(SDLK_a)
            #expect(try driver.run { $0.model.explorer.drawn?.first == 14 })
        }
    }
}
