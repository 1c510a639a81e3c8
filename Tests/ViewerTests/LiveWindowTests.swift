import CSDL2
import Imaging
import Synchronization
import Testing
import Viewer

/// A stream that shows a red picture before and a blue one after.
final class SyntheticStream: StyledStream {
    struct State {
        var controls: [LiveControls] = []
        var saved = 0
        var report: LiveReport
    }

    let title = "Synthetic"
    let paintings: [LivePainting]
    let initialControls: LiveControls
    let state: Mutex<State>

    init(count: Int = 3) {
        paintings = (0..<count).map { place in
            LivePainting(
                name: "painting-\(place)",
                thumbnail: PixelBuffer(
                    width: 40, height: 30, format: .rgb, fill: [UInt8(20 * place), 200, 40]))
        }
        initialControls = LiveControls(paintingCount: count)
        let frame = LiveFrame(
            serial: 1,
            before: PixelBuffer(width: 64, height: 36, format: .rgb, fill: [200, 10, 10]),
            after: PixelBuffer(width: 64, height: 36, format: .rgb, fill: [10, 10, 200]))
        state = Mutex(
            State(report: LiveReport(frame: frame, framesPerSecond: 12.34, droppedCount: 4)))
    }

    func report() -> LiveReport { state.withLock { $0.report } }
    func control(_ controls: LiveControls) { state.withLock { $0.controls.append(controls) } }
    func save(_ frame: LiveFrame) throws -> String {
        state.withLock { $0.saved += 1 }
        return "live-0001.png"
    }
}

@Suite struct LiveControlTests {
    @Test func paintingsLieOnARing() {
        var controls = LiveControls(paintingCount: 3)
        #expect(controls.weights == [1, 0, 0])
        controls.step(by: -1)
        #expect(controls.weights == [0, 0, 1])
        controls.blend(by: 0.25)
        #expect(controls.weights == [0.25, 0, 0.75] && controls.leading == 2)
        controls.step(by: 1)
        #expect(controls.weights == [1, 0, 0])
        controls.blend(by: -0.1)
        #expect(abs(controls.weights[2] - 0.1) < 1e-9)
        controls.choose(1)
        controls.choose(7)
        #expect(controls.weights == [0, 1, 0])
        for _ in 0..<30 { controls.blend(by: 0.1) }
        #expect(controls.weights == [0, 1, 0])
    }

    @Test func aBlendOfItsOwnIsLeftFromItsLeader() {
        var controls = LiveControls(paintingCount: 3, mix: [0.2, 0.3, 0.5], strength: 0.4)
        #expect(controls.weights == [0.2, 0.3, 0.5])
        controls.strengthen(by: 0.1)
        #expect(controls.strength == 0.5 && controls.weights == [0.2, 0.3, 0.5])
        controls.step(by: 1)
        #expect(controls.weights == [1, 0, 0])
        controls.strengthen(by: 3)
        #expect(controls.strength == 1)
    }

    @Test func withoutPaintingsNothingMoves() {
        var controls = LiveControls(paintingCount: 0)
        controls.step(by: 1)
        controls.blend(by: 0.5)
        #expect(controls.weights.isEmpty && controls.leading == nil)
        var one = LiveControls(paintingCount: 1)
        one.step(by: 1)
        #expect(one.weights == [1])
    }

    @Test func escapeClosesWhatIsOnTop() {
        var model = LiveModel(LiveControls(paintingCount: 2))
        #expect(model.perform(.toggleFullScreen, now: 0) == [.fullScreen(true)])
        #expect(model.perform(.toggleHelp, now: 0).isEmpty && model.showsHelp)
        #expect(model.perform(.dismiss, now: 0).isEmpty && !model.showsHelp)
        #expect(model.perform(.dismiss, now: 0) == [.fullScreen(false)])
        #expect(model.perform(.dismiss, now: 0) == [.close])
        #expect(model.perform(.strengthen(0.1), now: 0).isEmpty, "it is full already")
        #expect(model.perform(.strengthen(-0.1), now: 0) == [.control])
    }
}

extension DrawnTests {
    @Suite(.serialized) struct LiveWindowTests {
        private func pixel(_ picture: PixelBuffer, _ x: Int, _ y: Int) -> [UInt8] {
            let channels = picture.format.channelCount
            let start = (y * picture.width + x) * channels
            return Array(picture.bytes[start..<start + 3])
        }

        @Test func bothSidesAreDrawn() throws {
            let stream = SyntheticStream()
            let after = try LiveWindow.render(source: stream, width: 900, height: 600)
            #expect(pixel(after, 300, 200) == [10, 10, 200])
            #expect(pixel(after, 600, 200) == [10, 10, 200])
            let both = try LiveWindow.render(source: stream, width: 900, height: 600, keys: "b")
            #expect(pixel(both, 300, 200) == [200, 10, 10])
            #expect(pixel(both, 600, 200) == [10, 10, 200])
            let before = try LiveWindow.render(source: stream, width: 900, height: 600, keys: "bb")
            #expect(pixel(before, 600, 200) == [200, 10, 10])
        }

        @Test func theBarSaysHowItGoes() throws {
            let stream = SyntheticStream(count: 12)
            for (width, scale) in [(720, 1.0), (1280, 1.5)] {
                var model = LiveModel(stream.initialControls)
                model.report = stream.report()
                _ = model.perform(.blend(0.3), now: 0)
                let drawn = try LiveWindow.draw(
                    model, stream.paintings, width: width, height: 480, scale: scale)
                let texts = drawn.texts.map(\.text)
                #expect(texts.contains { $0.contains("12.3 frames/s") && $0.contains("4 dropped") })
                #expect(texts.contains("painting-0 70%, painting-1 30%"), "\(texts)")
                for text in drawn.texts {
                    #expect(
                        text.box.contains(text.rect, tolerance: 1.5)
                            && text.rect.right <= Float(width),
                        "\(text)")
                }
            }
            var model = LiveModel(stream.initialControls)
            _ = model.perform(.toggleHelp, now: 0)
            let help = try LiveWindow.draw(
                model, stream.paintings, width: 720, height: 480, scale: 1)
            #expect(help.texts.contains { $0.text == "Full screen" })
            #expect(help.texts.contains { $0.text == "Waiting for the first frame" })
        }

        @Test func keysReachTheStream() throws {
            try withEnvironment(["SDL_VIDEODRIVER": "dummy"]) {
                let stream = SyntheticStream()
                var options = ViewerWindow.Options()
                options.renderer = .software
                options.scale = 1
                options.width = 800
                options.height = 600
                let session = try LiveWindowSession(source: stream, options: options)
                defer { session.close() }
                func run(until condition: () -> Bool) throws -> Bool {
                    for _ in 0..<400 where !condition() {
                        if try !session.step() { return condition() }
                    }
                    return condition()
                }
                func press(_ key: SDL_KeyCode) {
                    var event = SDL_Event()
                    event.type = SDL_KEYDOWN.rawValue
                    event.key.keysym.sym = SDL_Keycode(bitPattern: key.rawValue)
                    SDL_PushEvent(&event)
                }
                #expect(try run { session.frameCount > 0 })
                press(SDLK_RIGHT)
                press(SDLK_DOWN)
                press(SDLK_c)
                press(SDLK_SPACE)
                #expect(try run { stream.state.withLock { $0.controls.count == 4 } })
                let last = try #require(stream.state.withLock { $0.controls.last })
                #expect(last.weights == [0, 1, 0] && last.strength == 0.9)
                #expect(last.keepsColours && last.isPaused)
                press(SDLK_s)
                #expect(try run { session.texts.contains { $0.text == "Saved live-0001.png" } })
                stream.state.withLock { $0.report.isOver = true }
                #expect(try !run { false })
            }
        }
    }
}
