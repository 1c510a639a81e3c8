public import Imaging

/// What the live window asks of whoever styles the stream. Called from the window's thread; nothing here
/// may wait.
public protocol StyledStream: AnyObject, Sendable {
    /// What is written in the window's frame.
    var title: String { get }
    /// The paintings to choose from; none where the network has a style of its own.
    var paintings: [LivePainting] { get }
    /// What is asked for at the beginning.
    var initialControls: LiveControls { get }
    /// What there is to know at the moment; the frame is the newest.
    func report() -> LiveReport
    /// Takes what the user asks for.
    func control(_ controls: LiveControls)
    /// Saves a picture of the frame that is shown.
    ///
    /// - Returns: Where it is.
    func save(_ frame: LiveFrame) throws -> String
}

/// A painting to choose.
public struct LivePainting: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// A small picture of it.
    public var thumbnail: PixelBuffer

    /// A painting with its name.
    public init(name: String, thumbnail: PixelBuffer) {
        self.name = name
        self.thumbnail = thumbnail
    }
}

/// A frame before and after it was styled.
public struct LiveFrame: Sendable {
    /// Which one: another number means another frame.
    public var serial: Int
    /// As it came.
    public var before: PixelBuffer
    /// Styled.
    public var after: PixelBuffer

    /// A frame.
    public init(serial: Int, before: PixelBuffer, after: PixelBuffer) {
        self.serial = serial
        self.before = before
        self.after = after
    }
}

/// How a stream fares.
public struct LiveReport: Sendable {
    /// The newest frame.
    public var frame: LiveFrame?
    /// Frames styled in a second.
    public var framesPerSecond: Double
    /// Frames that were left out.
    public var droppedCount: Int
    /// What else there is to say, as that the stream has ended.
    public var note: String?
    /// Whether the window should close.
    public var isOver: Bool

    /// A report.
    public init(
        frame: LiveFrame? = nil, framesPerSecond: Double = 0, droppedCount: Int = 0,
        note: String? = nil, isOver: Bool = false
    ) {
        self.frame = frame
        self.framesPerSecond = framesPerSecond
        self.droppedCount = droppedCount
        self.note = note
        self.isOver = isOver
    }
}

/// What the user asks for.
public struct LiveControls: Sendable, Hashable {
    /// How many paintings there are.
    public let paintingCount: Int
    /// A place on the ring of paintings: 1.25 is three parts of the second and one of the third.
    public private(set) var position = 0.0
    /// Shares that lie elsewhere than between two neighbours.
    private var mix: [Double]?
    /// How much style, 0 ... 1.
    public private(set) var strength: Double
    /// Whether the stream's colours stay.
    public var keepsColours: Bool
    /// Whether the picture stands still.
    public var isPaused = false

    /// The first painting, or a blend.
    ///
    /// - Parameters:
    ///   - paintingCount: How many there are, 0 or more.
    ///   - mix: Each painting's share, adding up to one.
    public init(
        paintingCount: Int, mix: [Double]? = nil, strength: Double = 1, keepsColours: Bool = false
    ) {
        precondition(
            paintingCount >= 0 && mix.map { $0.count == paintingCount } ?? true
                && (0...1).contains(strength),
            "[LiveControls] expected a share for each of \(paintingCount) paintings and a strength of "
                + "0 to 1, got \(mix?.count ?? 0) and \(strength)")
        self.paintingCount = paintingCount
        self.mix = mix
        self.strength = strength
        self.keepsColours = keepsColours
    }

    /// Each painting's share; they add up to one.
    public var weights: [Double] {
        if let mix { return mix }
        var weights = [Double](repeating: 0, count: paintingCount)
        guard paintingCount > 0 else { return weights }
        let below = Int(position.rounded(.down))
        weights[below % paintingCount] += 1 - (position - Double(below))
        weights[(below + 1) % paintingCount] += position - Double(below)
        return weights
    }

    /// The painting with the largest share.
    public var leading: Int? { weights.indices.max { weights[$0] < weights[$1] } }

    /// The painting after, or before: whole ones, from a blend the nearest.
    public mutating func step(by count: Int) {
        let start = start
        place(at: count > 0 ? start.rounded(.down) + 1 : start.rounded(.up) - 1)
    }

    /// Moves between paintings by a part of the way.
    public mutating func blend(by part: Double) {
        // Tenths stay tenths.
        place(at: ((start + part) * 100).rounded() / 100)
    }

    /// A painting by its place.
    public mutating func choose(_ painting: Int) {
        if painting < paintingCount { place(at: Double(painting)) }
    }

    /// More style, or less.
    public mutating func strengthen(by part: Double) { setStrength(strength + part) }

    /// So much style; held inside 0 ... 1.
    public mutating func setStrength(_ value: Double) {
        strength = (min(max(value, 0), 1) * 100).rounded() / 100
    }

    private var start: Double { mix == nil ? position : Double(leading ?? 0) }

    private mutating func place(at position: Double) {
        guard paintingCount > 1 else { return }
        let count = Double(paintingCount)
        mix = nil
        let rest = position.truncatingRemainder(dividingBy: count)
        self.position = rest < 0 ? rest + count : rest
    }
}
