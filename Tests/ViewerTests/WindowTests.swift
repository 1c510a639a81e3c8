import CSDL2
import Glibc
import Imaging
import Synchronization
import Testing
import Viewer

/// Drives a window with synthesized events.
struct Driver {
    let session: WindowSession

    init(_ source: SyntheticRun, scale: Double = 1) throws {
        var options = ViewerWindow.Options()
        options.renderer = .software
        options.scale = scale
        options.width = 1000
        options.height = 740
        options.pollInterval = 0.01
        session = try WindowSession(source: source, options: options)
    }

    /// Lets the window work until a condition holds; false if it closed or never did.
    func run(until condition: (WindowSession) -> Bool) throws -> Bool {
        for _ in 0..<600 {
            if condition(session) { return true }
            if try !session.step() { return condition(session) }
        }
        return false
    }

    /// Draws a few frames more, so that the screen shows what the model knows.
    func settle() throws {
        let start = session.frameCount
        var event = SDL_Event()
        event.type = SDL_WINDOWEVENT.rawValue
        event.window.event = UInt8(SDL_WINDOWEVENT_EXPOSED.rawValue)
        SDL_PushEvent(&event)
        _ = try run { $0.frameCount >= start + 2 }
    }

    func press(_ key: SDL_KeyCode, shift: Bool = false) {
        var event = SDL_Event()
        event.type = SDL_KEYDOWN.rawValue
        event.key.keysym.sym = SDL_Keycode(bitPattern: key.rawValue)
        event.key.keysym.mod = shift ? UInt16(KMOD_LSHIFT.rawValue) : 0
        SDL_PushEvent(&event)
    }

    func type(_ sign: Character) {
        var event = SDL_Event()
        event.type = SDL_TEXTINPUT.rawValue
        withUnsafeMutableBytes(of: &event.text.text) { $0.copyBytes(from: String(sign).utf8) }
        SDL_PushEvent(&event)
    }

    func move(to point: Point) {
        var event = SDL_Event()
        event.type = SDL_MOUSEMOTION.rawValue
        event.motion.x = Int32(point.x)
        event.motion.y = Int32(point.y)
        SDL_PushEvent(&event)
    }

    func button(at point: Point, isDown: Bool) {
        var event = SDL_Event()
        event.type = isDown ? SDL_MOUSEBUTTONDOWN.rawValue : SDL_MOUSEBUTTONUP.rawValue
        event.button.button = UInt8(SDL_BUTTON_LEFT)
        event.button.state = isDown ? 1 : 0
        event.button.x = Int32(point.x)
        event.button.y = Int32(point.y)
        SDL_PushEvent(&event)
    }

    /// A click as people do it: the pointer arrives, the button goes down, then up.
    func click(_ point: Point) throws {
        move(to: point)
        try settle()
        button(at: point, isDown: true)
        try settle()
        button(at: point, isDown: false)
        try settle()
    }

    func wheel(_ notches: Int32) {
        var event = SDL_Event()
        event.type = SDL_MOUSEWHEEL.rawValue
        event.wheel.y = notches
        event.wheel.preciseY = Float(notches)
        SDL_PushEvent(&event)
    }

    /// The middle of a text that is on the screen.
    func place(of text: String) -> Point? {
        session.texts.first { $0.text == text }?.rect.centre
    }

    func pixels() throws -> PixelBuffer {
        let (bytes, width, height) = session.readPixels()
        try #require(bytes.count == width * height * 4 && width > 0)
        return PixelBuffer(width: width, height: height, format: .rgba, bytes: bytes)
    }
}

extension DrawnTests {
    @Suite(.serialized) struct WindowTests {
        static let dummy: [String: String?] = ["SDL_VIDEODRIVER": "dummy"]

        /// The whole tour, on whatever display there is.
        func tour(_ source: SyntheticRun) throws {
            let driver = try Driver(source)
            let session = driver.session
            defer { session.close() }
            try #require(try driver.run { $0.frameCount > 0 && $0.model.progress != nil })
            try checkPixels(driver)
            try checkKeys(driver, source)
            try checkPointer(driver, source)
            driver.press(SDLK_q)
            #expect(try !driver.run { _ in false })
            #expect(
                source.record.withLock { $0.requests } == ["pause", "resume"],
                "closing the window asks nothing of the training")
        }

        private func checkPixels(_ driver: Driver) throws {
            try driver.settle()
            let picture = try driver.pixels()
            #expect(picture.width == 1000 && picture.height == 740)
            let layout = try #require(driver.session.layout)
            #expect(Pixel(picture, 3, 3) == Pixel(Theme.background))
            #expect(
                Pixel(picture, Int(layout.status.centre.x), Int(layout.status.y) + 4)
                    == Pixel(Theme.panel))
            let model = driver.session.model
            let frame = try #require(model.shown).content
            let heart = model.gridView.frame(of: frame.geometry, gap: 2, in: model.gridPanel)
                .rect(of: 13).centre
            let origin = frame.geometry.origin(of: 13)
            #expect(
                Pixel(picture, Int(heart.x), Int(heart.y))
                    .isNear(Pixel(frame.pixels, origin.x + 32, origin.y + 32)))
            let plot = try #require(layout.plots.first).inset(x: 52, y: 44)
            #expect(picture.count(of: Theme.amber, in: plot, by: 24) > 50)
        }

        private func checkKeys(_ driver: Driver, _ source: SyntheticRun) throws {
            let session = driver.session
            driver.press(SDLK_SPACE)
            #expect(try driver.run { $0.model.pending == .pause })
            source.push(ViewerUpdate(progress: RunProgress(state: .paused, step: 12_401)))
            #expect(try driver.run { $0.model.progress?.state == .paused })
            try driver.settle()
            #expect(driver.place(of: "Paused") != nil && driver.place(of: "Resume") != nil)
            driver.press(SDLK_SPACE)
            #expect(try driver.run { $0.model.pending == .resume })
            source.push(SyntheticRun.typical(points: 4))
            #expect(try driver.run { $0.model.pending == nil })

            driver.press(SDLK_LEFT)
            #expect(try driver.run { $0.model.shown?.content.step == 12_000 })
            driver.press(SDLK_HOME)
            #expect(try driver.run { $0.model.shown?.content.step == 0 })
            driver.press(SDLK_END)
            #expect(try driver.run { $0.model.position == .live })

            driver.press(SDLK_s)
            #expect(try driver.run { $0.model.toasts.contains { $0.text.contains("grid-12400") } })
            driver.type("+")
            #expect(try driver.run { $0.model.gridView.zoom > 1.2 })
            driver.press(SDLK_0)
            #expect(try driver.run { $0.model.gridView.zoom == 1 })
            driver.press(SDLK_e)
            #expect(try driver.run { $0.model.variant == .raw })
            driver.press(SDLK_e)
            driver.press(SDLK_F1)
            #expect(try driver.run { $0.model.overlay == .help })
            try driver.settle()
            #expect(driver.place(of: "Keys") != nil)
            driver.press(SDLK_ESCAPE)
            #expect(try driver.run { $0.model.overlay == nil })
            driver.type("?")
            #expect(try driver.run { $0.model.overlay == .help })
            driver.press(SDLK_ESCAPE)
            #expect(try driver.run { $0.model.overlay == nil })
            driver.press(SDLK_x)
            #expect(try driver.run { $0.model.overlay == .confirmStop })
            driver.press(SDLK_ESCAPE)
            #expect(try driver.run { $0.model.overlay == nil })
            #expect(session.model.pending == nil)
        }

        private func checkPointer(_ driver: Driver, _ source: SyntheticRun) throws {
            let session = driver.session
            let geometry = try #require(session.model.shown).content.geometry
            let placement = session.model.gridView.frame(
                of: geometry, gap: 2, in: session.model.gridPanel)
            try driver.click(placement.rect(of: 21).centre)
            #expect(try driver.run { $0.model.overlay == .enlarged })
            #expect(session.model.selection == 21)
            try driver.settle()
            let frame = try #require(session.model.shown).content
            let origin = frame.geometry.origin(of: 21)
            #expect(
                Pixel(try driver.pixels(), 500, 373)
                    .isNear(Pixel(frame.pixels, origin.x + 32, origin.y + 32)))
            driver.press(SDLK_RIGHT)
            #expect(try driver.run { $0.model.selection == 22 })
            driver.press(SDLK_ESCAPE)
            #expect(try driver.run { $0.model.overlay == nil })
            try driver.settle()

            // The wheel zooms, a drag moves the grid, and a drag is not a click.
            let start = placement.rect(of: 9).centre
            driver.move(to: start)
            try driver.settle()
            driver.wheel(6)
            #expect(try driver.run { $0.model.gridView.zoom > 2 })
            try driver.settle()
            let pan = session.model.gridView.pan
            driver.button(at: start, isDown: true)
            try driver.settle()
            for part in 1...4 {
                driver.move(to: Point(x: start.x - Float(part) * 15, y: start.y))
                try driver.settle()
            }
            driver.button(at: Point(x: start.x - 60, y: start.y), isDown: false)
            try driver.settle()
            #expect(abs(session.model.gridView.pan.x - pan.x + 60) < 2)
            #expect(session.model.overlay == nil)
            try driver.click(try #require(driver.place(of: "231%")))
            #expect(session.model.gridView.zoom == 1)

            try driver.click(try #require(driver.place(of: "Raw")))
            #expect(session.model.variant == .raw)
            let timeline = try #require(session.layout).timeline
            try driver.click(Point(x: timeline.centre.x, y: timeline.centre.y - 7))
            #expect(try driver.run { $0.model.position != .live })
            #expect(abs((session.model.shownSnapshot ?? 0) - 12) <= 1)
            try driver.click(try #require(driver.place(of: "Live")))
            #expect(session.model.position == .live)
        }

        @Test func theDummyDriver() throws {
            try withEnvironment(Self.dummy) { try tour(SyntheticRun()) }
        }

        @Test(.enabled(if: VirtualDisplay.isInstalled, "Xvfb is not installed"))
        func aRealWindow() throws {
            let display = try VirtualDisplay()
            defer { display.stop() }
            try withEnvironment([
                "DISPLAY": display.name, "SDL_VIDEODRIVER": nil, "WAYLAND_DISPLAY": nil,
            ]) { try tour(SyntheticRun()) }
        }

        @Test(.enabled(if: VirtualDisplay.isInstalled, "Xvfb is not installed"))
        func theWindowShowsWhatTheSnapshotDraws() throws {
            let display = try VirtualDisplay()
            defer { display.stop() }
            try withEnvironment([
                "DISPLAY": display.name, "SDL_VIDEODRIVER": nil, "WAYLAND_DISPLAY": nil,
            ]) {
                let driver = try Driver(SyntheticRun())
                defer { driver.session.close() }
                try #require(try driver.run { $0.model.progress != nil })
                try driver.settle()
                // The pointer of a fresh server stands on a sample.
                driver.move(to: Point(x: 2, y: 2))
                try driver.settle()
                let window = try driver.pixels()
                let snapshot = try ViewerSnapshot.render(
                    source: SyntheticRun(), width: 1000, height: 740)
                var different = 0
                for y in 0..<740 {
                    for x in 0..<1000 where Pixel(window, x, y) != Pixel(snapshot, x, y) {
                        different += 1
                    }
                }
                #expect(different == 0)
            }
        }

        @Test(.enabled(if: VirtualDisplay.isInstalled, "Xvfb is not installed"))
        func aDisplayThatGoesAwayIsAnErrorAndNotTheEnd() async {
            // In a process of its own: SDL cannot let go of a connection that is dead.
            await #expect(processExitsWith: .success) {
                let display = try VirtualDisplay()
                setenv("DISPLAY", display.name, 1)
                unsetenv("SDL_VIDEODRIVER")
                unsetenv("WAYLAND_DISPLAY")
                let driver = try Driver(SyntheticRun())
                #expect(try driver.run { $0.frameCount > 1 })
                display.stop()
                #expect(throws: ViewerError.displayLost) {
                    _ = try driver.run { _ in
                        driver.press(SDLK_F1)
                        return false
                    }
                }
                driver.session.close()
                #expect(throws: ViewerError.displayLost, "and there is no second window") {
                    try ViewerWindow.run(source: SyntheticRun())
                }
            }
        }

        @Test func noDisplayIsATypedError() {
            withEnvironment([
                "DISPLAY": nil, "WAYLAND_DISPLAY": nil, "SDL_VIDEODRIVER": nil,
            ]) {
                _ = #expect(
                    throws: ViewerError.noDisplay(
                        reason: "neither DISPLAY nor WAYLAND_DISPLAY is set")
                ) {
                    try ViewerWindow.run(source: SyntheticRun())
                }
            }
        }

        @Test func whatTheSourceRefusesIsSaid() throws {
            try withEnvironment(Self.dummy) {
                let driver = try Driver(SyntheticRun(failsToControl: true, unreadable: ["s24"]))
                defer { driver.session.close() }
                try #require(try driver.run { $0.model.progress != nil })
                driver.press(SDLK_SPACE)
                #expect(
                    try driver.run { session in
                        session.model.toasts.contains { $0.text.contains("control.json") }
                    })
                #expect(driver.session.model.pending == nil)
                driver.press(SDLK_LEFT)
                #expect(
                    try driver.run { session in
                        session.model.toasts.contains { $0.text.contains("torn file") }
                    })
            }
        }

        @Test func theProgramCanCloseIt() throws {
            try withEnvironment(Self.dummy) {
                var options = ViewerWindow.Options()
                options.shouldClose = { true }
                try ViewerWindow.run(source: SyntheticRun(), options: options)
            }
        }

        @Test func anIdleWindowDoesNotDraw() throws {
            try withEnvironment(Self.dummy) {
                let driver = try Driver(SyntheticRun())
                defer { driver.session.close() }
                try #require(try driver.run { $0.model.progress != nil })
                try driver.settle()
                for _ in 0..<10 { _ = try driver.session.step() }
                let count = driver.session.frameCount
                for _ in 0..<50 { _ = try driver.session.step() }
                #expect(driver.session.frameCount == count)
            }
        }
    }
}
