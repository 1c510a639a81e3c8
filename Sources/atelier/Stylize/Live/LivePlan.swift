import Imaging

/// What is done to the frames of a stream.
struct LivePlan {
    /// The longer side that frames are brought to, where none was asked for: what two cores style several
    /// times a second.
    static let usualSide = 256

    var title: String
    var wantedSide: Int?
    var wantedMatrix: YUVMatrix?
    var frameLimit: Int?
    var hasWindow: Bool
    var isQuiet: Bool

    init(_ command: StylizeCommand) {
        title = command.content == "-" ? "Live" : command.content
        wantedSide = command.size
        wantedMatrix = command.live.matrix?.matrix
        frameLimit = command.live.frames ?? (command.live.snapshot == nil ? nil : 1)
        hasWindow = !command.live.noView && command.live.snapshot == nil
        isQuiet = command.quiet
    }

    /// The size in which frames are styled, shown and written: even, as encoders of films want it.
    func size(of header: Y4MHeader) -> (width: Int, height: Int) {
        let longer = max(header.width, header.height)
        let ratio = Double(wantedSide ?? min(Self.usualSide, longer)) / Double(longer)
        func side(_ length: Int) -> Int {
            max(2, Int((Double(length) * ratio / 2).rounded()) * 2)
        }
        return (side(header.width), side(header.height))
    }

    /// How the stream's colours are coded.
    func matrix(of header: Y4MHeader) -> YUVMatrix {
        wantedMatrix ?? .usual(width: header.width, height: header.height)
    }
}
