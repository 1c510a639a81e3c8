/// The live window.
public enum ViewerWindow {
    /// How the window opens.
    public struct Options: Sendable {
        /// What draws the window.
        public enum Renderer: Sendable {
            /// The graphics card where there is one, else the processor.
            case automatic
            /// The processor.
            case software
        }

        /// The title in the window's frame; the run's name unless given.
        public var title: String?
        /// The size in points; less where the display is smaller.
        public var width = 1280
        /// The size in points; less where the display is smaller.
        public var height = 800
        /// Pixels in a point, 0.5...4; what the display asks for unless given.
        public var scale: Double?
        /// What the window begins with: panes side by side where samples have panes, else samples,
        /// unless given.
        public var page: ViewerPage?
        /// What draws the window.
        public var renderer = Renderer.automatic
        /// The most frames in a second; there are far fewer while nothing happens.
        public var framesPerSecond = 30.0
        /// Seconds between two looks at the source; twice that while nobody touches the window.
        public var pollInterval = 0.5
        /// Asked a few times a second: true closes the window.
        public var shouldClose: (@Sendable () -> Bool)?

        /// The usual window.
        public init() {}
    }

    /// Opens the window and stays until the user closes it, or `shouldClose` says so. Closing it asks
    /// nothing of the run.
    ///
    /// Call it on the process's first thread, with the training on another. It takes no signals:
    /// Ctrl-C goes where it went before.
    /// - Throws: `ViewerError.noDisplay` where there is none; nothing has happened then.
    public static func run(
        source: any ViewerSource, options: Options = Options()
    ) throws(ViewerError) {
        let session = try WindowSession(source: source, options: options)
        defer { session.close() }
        while try session.step() {}
    }
}
