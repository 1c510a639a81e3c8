/// Why there is no window or no picture of it. The training is never at stake.
public enum ViewerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No display can be opened; the reason is SDL's.
    case noDisplay(reason: String)
    /// The display is there, but drawing on it is not possible.
    case noRenderer(reason: String)
    /// The connection to the display was lost while the window was open.
    case displayLost
    /// The window size is not one that can be drawn.
    case badSize(width: Int, height: Int, scale: Double)
    /// The fonts cannot be rasterised.
    case noFont

    /// One line that says what is wrong and what to do.
    public var description: String {
        switch self {
        case .noDisplay(let reason):
            "no display for the window (\(reason)); run in a desktop session, or use "
                + "`atelier view RUN --snapshot FILE` to draw it into a picture"
        case .noRenderer(let reason):
            "the window cannot be drawn (\(reason)); try SDL_RENDER_DRIVER=software"
        case .displayLost:
            "the connection to the display was lost; the training goes on, and "
                + "`atelier view RUN` opens a new window"
        case .badSize(let width, let height, let scale):
            "a window of \(width)x\(height) at scale \(scale) cannot be drawn: expected 320x240 to "
                + "8192x8192 pixels and a scale of 0.5 to 4"
        case .noFont:
            "the fonts cannot be rasterised; set \(FontLibrary.environmentName) to a TrueType file"
        }
    }
}
