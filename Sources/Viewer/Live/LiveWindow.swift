internal import CImGui
internal import CSDL2
public import Imaging

/// The window of a styled stream.
public enum LiveWindow {
    /// Opens the window and stays until the user closes it, or the source says that it is over.
    ///
    /// Call it on the process's first thread. It takes no signals.
    ///
    /// - Parameters:
    ///   - source: What to show.
    ///   - options: How the window opens; its page and poll interval mean nothing here.
    ///   - opened: Called once when the window is there, before anything is asked of the source's
    ///     frames.
    /// - Throws: `ViewerError.noDisplay` where there is none; `opened` was not called then.
    public static func run(
        source: any StyledStream, options: ViewerWindow.Options = .init(), opened: () -> Void
    ) throws(ViewerError) {
        let session = try LiveWindowSession(source: source, options: options)
        defer { session.close() }
        opened()
        while try session.step() {}
    }

    /// Draws what the window would show at this moment, in memory, without any display.
    ///
    /// - Parameters:
    ///   - source: What to show.
    ///   - width: The window's width in points.
    ///   - height: The window's height in points.
    ///   - scale: Pixels in a point, 0.5...4.
    ///   - keys: Keys that are pressed before, as `b` for before and after beside each other, `?` for
    ///     the list of keys.
    /// - Returns: RGB pixels, `width * scale` by `height * scale`.
    public static func render(
        source: any StyledStream, width: Int = 1280, height: Int = 800, scale: Double = 1,
        keys: String = ""
    ) throws(ViewerError) -> PixelBuffer {
        var model = LiveModel(source.initialControls)
        model.report = source.report()
        for key in keys {
            if let action = LiveAction.of(.character(key), shift: false) {
                _ = model.perform(action, now: 0)
            }
        }
        return try draw(model, source.paintings, width: width, height: height, scale: scale)
            .picture
    }

    /// Draws a model; what was written comes back for tests.
    package static func draw(
        _ model: LiveModel, _ paintings: [LivePainting], width: Int, height: Int, scale: Double
    ) throws(ViewerError) -> (picture: PixelBuffer, texts: [Painter.DrawnText]) {
        let (picture, painter) = try ViewerSnapshot.onSurface(
            width: width, height: height, scale: scale
        ) { interface, pixelWidth, pixelHeight in
            interface.draw(
                model, paintings, width: pixelWidth, height: pixelHeight, seconds: 1.0 / 60, now: 0
            ).painter
        }
        return (picture, painter.texts)
    }
}

extension Interface {
    /// Draws one frame of the live window; returns what the user asked for.
    func draw(
        _ model: LiveModel, _ paintings: [LivePainting], width: Int, height: Int, seconds: Double,
        now: Double
    ) -> (actions: [LiveAction], painter: Painter) {
        var actions: [LiveAction] = []
        let painter = frame(width: width, height: height, seconds: seconds) { painter in
            var screen = LiveScreen(
                painter: painter, textures: textures, paintings: paintings, now: now)
            screen.draw(model, width: Float(width) / scale, height: Float(height) / scale)
            actions = screen.actions
        }
        return (actions, painter)
    }
}
