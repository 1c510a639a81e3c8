internal import CImGui
internal import CSDL2

/// One open live window: takes events, asks the source for its newest frame, draws. All calls come from
/// one thread.
package final class LiveWindowSession {
    /// What the window shows.
    package private(set) var model: LiveModel
    /// The texts of the frame that was drawn last.
    package private(set) var texts: [Painter.DrawnText] = []
    /// Frames drawn so far.
    package private(set) var frameCount = 0

    private let source: any StyledStream
    private let options: ViewerWindow.Options
    private let display: DisplayWindow
    private var interface: Interface
    private var pointer = PointerState()
    private var framesToDraw = 3
    private var lastFrame = 0.0
    private var isOpen = true

    /// Opens a window.
    package init(
        source: any StyledStream, options: ViewerWindow.Options
    ) throws(ViewerError) {
        self.source = source
        self.options = options
        model = LiveModel(source.initialControls)
        display = try DisplayWindow(options: options)
        do throws(ViewerError) {
            let (renderer, scale) = (display.renderer, display.scale)
            interface = try Interface.exclusively { () throws(ViewerError) -> Interface in
                try Interface(renderer: renderer, scale: scale)
            }
        } catch {
            display.close()
            throw error
        }
        display.setTitle("\(source.title) \u{2013} Atelier")
    }

    /// Closes the window.
    package func close() {
        // With the server gone any call that talks to it would wait or end the process.
        if display.isLost { return }
        Interface.exclusively { interface.close() }
        display.close()
    }

    /// Waits a moment for something to happen, and draws if it changed what is shown.
    /// - Returns: False once the window should close.
    package func step() throws(ViewerError) -> Bool {
        var event = SDL_Event()
        // Short turns: frames come without an event of their own.
        if SDL_WaitEventTimeout(&event, 8) != 0 {
            handle(event)
            while SDL_PollEvent(&event) != 0 { handle(event) }
        }
        if display.isLost { throw .displayLost }
        let now = Clock.now
        take(source.report())
        if model.tick(now: now) { framesToDraw = max(framesToDraw, 1) }
        if model.report.isOver || options.shouldClose?() == true { isOpen = false }
        let isDue = now - lastFrame >= 1 / options.framesPerSecond
        if isOpen, framesToDraw > 0, isDue, !display.isHidden { try draw(now: now) }
        if display.isLost { throw .displayLost }
        return isOpen
    }

    /// The pixels on the window, RGBA rows; for tests.
    package func readPixels() -> (bytes: [UInt8], width: Int, height: Int) { display.readPixels() }

    private func take(_ report: LiveReport) {
        let old = model.report
        if old.frame?.serial != report.frame?.serial || old.note != report.note {
            framesToDraw = max(framesToDraw, 1)
        }
        model.report = report
    }

    private func handle(_ event: SDL_Event) {
        switch SDL_EventType(event.type) {
        case SDL_QUIT: isOpen = false
        case SDL_WINDOWEVENT:
            framesToDraw = 2
            let kind = SDL_WindowEventID(UInt32(event.window.event))
            if kind == SDL_WINDOWEVENT_CLOSE { isOpen = false }
            if kind == SDL_WINDOWEVENT_LEAVE { pointer.position = nil }
        case SDL_MOUSEMOTION:
            pointer.position = Point(x: Float(event.motion.x), y: Float(event.motion.y))
            framesToDraw = 2
        case SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP:
            pointer.position = Point(x: Float(event.button.x), y: Float(event.button.y))
            pointer.press(event.button.button, isDown: event.button.state != 0)
            framesToDraw = 3
        case SDL_KEYDOWN, SDL_TEXTINPUT:
            guard let press = KeyPress(event),
                let action = LiveAction.of(press.key, shift: press.isShifted),
                !press.isRepeat || action.mayRepeat
            else { return }
            perform(action)
        default: break
        }
    }

    private func perform(_ action: LiveAction) {
        let now = Clock.now
        for effect in model.perform(action, now: now) {
            switch effect {
            case .control: source.control(model.controls)
            case .fullScreen(let isFull): display.setFullScreen(isFull)
            case .close: isOpen = false
            case .save:
                guard let frame = model.report.frame else { break }
                do {
                    model.show("Saved \(try source.save(frame))", now: now)
                } catch {
                    model.show(
                        "The picture was not saved: \(error)", isError: true, now: now)
                }
            }
        }
        framesToDraw = max(framesToDraw, 2)
    }

    private func draw(now: Double) throws(ViewerError) {
        let size = display.outputSize()
        guard size.width > 0, size.height > 0 else { return }
        let scale = display.scale
        var actions: [LiveAction] = []
        try Interface.exclusively { () throws(ViewerError) in
            if scale != interface.scale {
                let fresh = try Interface(renderer: display.renderer, scale: scale)
                interface.close()
                interface = fresh
            }
            interface.use()
            pointer.feed(ratio: display.pixelRatio)
            let drawn = interface.draw(
                model, source.paintings, width: size.width, height: size.height,
                seconds: min(max(now - lastFrame, 0.001), 0.25), now: now)
            actions = drawn.actions
            texts = drawn.painter.texts
        }
        display.present()
        frameCount += 1
        lastFrame = now
        framesToDraw = pointer.isHeld ? max(framesToDraw - 1, 1) : framesToDraw - 1
        for action in actions { perform(action) }
    }
}
