internal import CImGui
internal import CSDL2

/// One open window: takes events, asks the source, draws. All calls come from one thread.
package final class WindowSession {
    /// What the window shows.
    package private(set) var model: ViewerModel
    /// The texts of the frame that was drawn last, and where its panels are.
    package private(set) var texts: [Painter.DrawnText] = []
    /// The layout of the frame that was drawn last.
    package private(set) var layout: ViewerLayout?
    /// Frames drawn so far.
    package private(set) var frameCount = 0

    private let source: any ViewerSource
    private let options: ViewerWindow.Options
    private let display: DisplayWindow
    private let worker: SourceWorker
    private var interface: Interface
    private var pointer = PointerState()
    private var framesToDraw = 3
    private var lastFrame = 0.0
    private var lastInput = 0.0
    private var nextPoll = 0.0
    private var isOpen = true
    /// What is to be shown once the source has told of it.
    private var page: ViewerPage?

    /// Opens a window.
    package init(
        source: any ViewerSource, options: ViewerWindow.Options
    ) throws(ViewerError) {
        self.source = source
        self.options = options
        model = ViewerModel(for: source)
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
        worker = SourceWorker(source: source)
        page = options.page
    }

    /// Closes the window. What the background still saves is finished.
    package func close() {
        worker.finish()
        if display.isLost {
            // The server is gone: any call that talks to it would wait or end the process.
            return
        }
        Interface.exclusively { interface.close() }
        display.close()
    }

    /// Waits for something to happen, and draws if it changed what is shown.
    /// - Returns: False once the window should close.
    package func step() throws(ViewerError) -> Bool {
        let now = Clock.now
        wait(until: deadline(now))
        if display.isLost { throw .displayLost }
        let after = Clock.now
        if after >= nextPoll { poll(now: after) }
        for outcome in worker.take() { apply(outcome, now: after) }
        let position = model.position
        let isFading = model.isAnimating(now: after)
        run(model.tick(now: after), now: after)
        if isFading || position != model.position { framesToDraw = max(framesToDraw, 1) }
        let isDue = after - lastFrame >= 1 / options.framesPerSecond
        if isOpen, framesToDraw > 0, isDue, !display.isHidden { try draw(now: after) }
        if display.isLost { throw .displayLost }
        return isOpen
    }

    /// The pixels on the window, RGBA rows; for tests.
    package func readPixels() -> (bytes: [UInt8], width: Int, height: Int) { display.readPixels() }

    private func deadline(_ now: Double) -> Double {
        var deadline = nextPoll
        if framesToDraw > 0 || model.isAnimating(now: now) {
            deadline = min(deadline, lastFrame + 1 / options.framesPerSecond)
        }
        if let change = model.nextChange { deadline = min(deadline, change) }
        return max(deadline, now)
    }

    private func wait(until deadline: Double) {
        var event = SDL_Event()
        // One millisecond at least: events keep their chance while frames follow each other.
        let milliseconds = Int32(min(max((deadline - Clock.now) * 1000, 1), 1000))
        guard SDL_WaitEventTimeout(&event, milliseconds) != 0 else { return }
        handle(event)
        while SDL_PollEvent(&event) != 0 { handle(event) }
    }

    private func handle(_ event: SDL_Event) {
        let now = Clock.now
        if event.type != SDL_USEREVENT.rawValue { lastInput = now }
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
        case SDL_MOUSEWHEEL:
            let notches = event.wheel.preciseY
            pointer.wheel +=
                event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED.rawValue
                ? -notches : notches
            framesToDraw = 2
        case SDL_KEYDOWN, SDL_TEXTINPUT:
            guard
                let press = KeyPress(event),
                let action = ViewerAction.of(
                    press.key, shift: press.isShifted, overlay: model.overlay,
                    isExploring: model.isExploring, comparing: model.comparing),
                !press.isRepeat || action.mayRepeat
            else { return }
            run(model.perform(action, now: now), now: now)
            framesToDraw = 2
        default: break
        }
    }

    private func poll(now: Double) {
        // Drawing costs the training processor time: half as often while nobody touches the window.
        nextPoll = now + options.pollInterval * (now - lastInput < 5 ? 1 : 2)
        if options.shouldClose?() == true { isOpen = false }
        // A few, so that a source that hands out its history in parts is caught up with soon.
        for _ in 0..<16 {
            guard let update = source.poll() else { break }
            let name = model.run.name
            run(model.apply(update, now: now), now: now)
            if model.run.name != name, options.title == nil {
                display.setTitle("\(model.run.name) \u{2013} Atelier")
            }
            framesToDraw = max(framesToDraw, 1)
        }
        if let page {
            run(model.show(page), now: now)
            self.page = nil
        }
    }

    private func apply(_ outcome: SourceWorker.Outcome, now: Double) {
        switch outcome {
        case .loaded(let snapshot, let variant, let result):
            let effects = model.finishLoading(
                snapshot, variant: variant, result: result, now: now)
            run(effects, now: now)
        case .saved(let place): model.show("Saved \(place)", now: now)
        case .saveFailed(let reason):
            model.show("The picture was not saved: \(reason)", isError: true, now: now)
        case .opened(let result): run(model.finishOpening(result), now: now)
        case .explored(let request, let result):
            run(model.finishExploring(request, result, now: now), now: now)
        }
        framesToDraw = max(framesToDraw, 1)
    }

    private func run(_ effects: [ViewerEffect], now: Double) {
        for effect in effects {
            do {
                switch effect {
                case .pause: try source.requestPause()
                case .resume: try source.requestResume()
                case .stop: try source.requestStop()
                case .save(let frame): worker.save(frame)
                case .load(let snapshot, let variant): worker.load(snapshot, variant: variant)
                case .openExplorer: worker.openExplorer()
                case .explore(let request): worker.explore(request)
                case .saveExplored(let request): worker.save(request)
                case .close: isOpen = false
                }
            } catch {
                model.requestFailed(error, now: now)
            }
        }
    }

    private func draw(now: Double) throws(ViewerError) {
        let size = display.outputSize()
        guard size.width > 0, size.height > 0 else { return }
        let scale = display.scale
        var actions: [ViewerAction] = []
        try Interface.exclusively { () throws(ViewerError) in
            if scale != interface.scale {
                let fresh = try Interface(renderer: display.renderer, scale: scale)
                interface.close()
                interface = fresh
            }
            interface.use()
            pointer.feed(ratio: display.pixelRatio)
            let drawn = interface.draw(
                &model, width: size.width, height: size.height,
                seconds: min(max(now - lastFrame, 0.001), 0.25), now: now)
            actions = drawn.actions
            texts = drawn.painter.texts
            layout = drawn.layout
        }
        display.present()
        frameCount += 1
        lastFrame = now
        framesToDraw = pointer.isHeld ? max(framesToDraw - 1, 1) : framesToDraw - 1
        for action in actions {
            run(model.perform(action, now: now), now: now)
            framesToDraw = max(framesToDraw, 2)
        }
    }
}
