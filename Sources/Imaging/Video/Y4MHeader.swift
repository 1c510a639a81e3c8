/// What a YUV4MPEG2 stream says of its frames, as the mjpegtools' `yuv4mpeg(5)` describes it.
public struct Y4MHeader: Sendable, Hashable {
    /// How finely colour differences are sampled, and where: 8 bits a sample.
    public enum Chroma: String, Sendable, Hashable, CaseIterable {
        /// Luminance alone.
        case mono
        /// Half along both axes, in the middle of four pixels.
        case halfCentred = "420jpeg"
        /// Half along both axes, on even columns and between rows.
        case halfLeft = "420mpeg2"
        /// Half along both axes; read as ``halfLeft``, which is half a row off for one of the two.
        case halfAlternating = "420paldv"
        /// Half along the rows, on even columns.
        case halfWidth = "422"
        /// As finely as luminance.
        case full = "444"
        /// The same, with a plane of alpha, which is left out.
        case fullWithAlpha = "444alpha"

        var halvesWidth: Bool {
            [.halfCentred, .halfLeft, .halfAlternating, .halfWidth].contains(self)
        }
        var halvesHeight: Bool { [.halfCentred, .halfLeft, .halfAlternating].contains(self) }
    }

    /// What the samples' numbers stand for.
    public enum Range: String, Sendable, Hashable, CaseIterable {
        /// Luminance 16 ... 235, colour differences 16 ... 240.
        case limited = "LIMITED"
        /// 0 ... 255.
        case full = "FULL"
    }

    /// How many frames there are in how many seconds.
    public struct Rate: Sendable, Hashable {
        /// Frames.
        public var frames: Int
        /// Seconds.
        public var seconds: Int

        /// So many frames in so many seconds, both 1 or more.
        public init(frames: Int, seconds: Int) {
            precondition(
                frames > 0 && seconds > 0,
                "[Y4MHeader.Rate] expected positive numbers, got \(frames):\(seconds)")
            self.frames = frames
            self.seconds = seconds
        }

        /// Frames in a second.
        public var perSecond: Double { Double(frames) / Double(seconds) }
    }

    /// Pixels in a row.
    public var width: Int
    /// Rows.
    public var height: Int
    /// The sampling of colour.
    public var chroma: Chroma
    /// What the numbers stand for; ffmpeg's streams say so, others mean `limited`.
    public var range: Range
    /// The frame rate, where it is known.
    public var rate: Rate?
    /// Whether a frame's odd and even rows are of two moments; they are shown together here.
    public var isInterlaced: Bool

    /// A header; progressive.
    public init(
        width: Int, height: Int, chroma: Chroma = .halfCentred, range: Range = .limited,
        rate: Rate? = nil
    ) {
        precondition(
            width > 0 && height > 0,
            "[Y4MHeader] expected a positive size, got \(width)x\(height)")
        self.width = width
        self.height = height
        self.chroma = chroma
        self.range = range
        self.rate = rate
        isInterlaced = false
    }

    /// The size of a plane of colour differences; 0x0 for ``Chroma/mono``.
    public var chromaSize: (width: Int, height: Int) {
        if chroma == .mono { return (0, 0) }
        return (
            chroma.halvesWidth ? (width + 1) / 2 : width,
            chroma.halvesHeight ? (height + 1) / 2 : height
        )
    }

    /// Bytes of a frame.
    public var frameSize: Int {
        let difference = chromaSize.width * chromaSize.height
        let alpha = chroma == .fullWithAlpha ? width * height : 0
        return width * height + 2 * difference + alpha
    }

    /// The line that begins a stream, without its end.
    public var line: String {
        let rate = rate.map { "\($0.frames):\($0.seconds)" } ?? "0:0"
        return "YUV4MPEG2 W\(width) H\(height) F\(rate) I\(isInterlaced ? "m" : "p") A1:1 "
            + "C\(chroma.rawValue) XCOLORRANGE=\(range.rawValue)"
    }
}

extension Y4MHeader {
    static let magic = "YUV4MPEG2"

    /// What a stream's first line says.
    ///
    /// - Throws: `badHeader`, `overLimit` or `unsupported`.
    init(line: String, path: String, limits: DecodeLimits) throws(VideoError) {
        func refused(_ text: String) -> VideoError { .init(path: path, reason: .badHeader(text)) }
        var sides: [Character: Int] = [:]
        self.init(width: 1, height: 1)
        for word in line.split(separator: " ").dropFirst() {
            guard let tag = word.first else { continue }
            let value = word.dropFirst()
            switch tag {
            case "W", "H":
                guard let side = Self.number(value), side > 0 else {
                    throw refused("expected a size after \(tag), found '\(value.prefix(20))'")
                }
                sides[tag] = side
            case "F": rate = try Self.rate(value, refused)
            case "I": isInterlaced = !["p", "?"].contains(value)
            case "C": chroma = try Self.chroma(value, path)
            case "X" where value.hasPrefix("COLORRANGE="):
                range = value.hasSuffix("FULL") ? .full : .limited
            default: break
            }
        }
        guard let width = sides["W"], let height = sides["H"] else {
            throw refused("expected a width and a height (W640 H480), found '\(line.prefix(80))'")
        }
        guard max(width, height) <= limits.maximumSide,
            width * height <= limits.maximumPixels
        else {
            throw VideoError(
                path: path,
                reason: .overLimit(
                    "frames of \(width)x\(height) pixels, at most \(limits.maximumPixels) in all and "
                        + "\(limits.maximumSide) a side are read"))
        }
        self.width = width
        self.height = height
    }

    /// Nine digits at most: products of two do not overflow.
    private static func number(_ text: Substring) -> Int? {
        (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
            ? Int(text) : nil
    }

    private static func rate(
        _ text: Substring, _ refused: (String) -> VideoError
    ) throws(VideoError) -> Rate? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let frames = number(parts[0]), let seconds = number(parts[1]) else {
            throw refused("expected a frame rate as F30:1, found 'F\(text.prefix(24))'")
        }
        return frames > 0 && seconds > 0 ? Rate(frames: frames, seconds: seconds) : nil
    }

    private static func chroma(_ text: Substring, _ path: String) throws(VideoError) -> Chroma {
        if text == "420" { return .halfCentred }
        if let known = Chroma(rawValue: String(text)) { return known }
        let isDeep =
            text.hasPrefix("mono") || text.contains("p1") || text.contains("p9")
        throw VideoError(
            path: path,
            reason: .unsupported(
                "its samples are C\(text.prefix(24))"
                    + (isDeep ? ", of more than 8 bits" : ", which is not read here")
                    + ": expected 420, 422, 444 or mono of 8 bits; ask ffmpeg for -pix_fmt yuv420p")
        )
    }
}
