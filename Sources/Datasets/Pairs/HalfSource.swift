import Imaging

/// One half of each picture of a source whose pictures are two side by side.
struct HalfSource: PictureSource {
    /// Which half.
    enum Side: Sendable {
        case left, right
    }

    private let whole: any PictureSource
    private let side: Side
    private let items: [Int]

    /// Takes the halves; pictures of less than two pixels a row have none and are left out.
    init(_ whole: any PictureSource, _ side: Side) {
        self.whole = whole
        self.side = side
        items = (0..<whole.count).filter { whole.header(of: $0).width >= 2 }
    }

    var path: String { whole.path }
    var kind: PictureSourceKind { whole.kind }
    var count: Int { items.count }
    var classNames: [String] { [] }
    var refused: [RefusedPicture] { whole.refused }
    var notes: [String] { whole.notes }
    func name(of item: Int) -> String { whole.name(of: items[item]) }
    func label(of item: Int) -> Int? { nil }

    func header(of item: Int) -> PictureHeader {
        var header = whole.header(of: items[item])
        header.width /= 2
        return header
    }

    func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        half(try whole.picture(at: items[item]))
    }

    func picture(at item: Int, leastScale: Double) throws(DatasetError) -> PixelBuffer {
        half(try whole.picture(at: items[item], leastScale: leastScale))
    }

    private func half(_ picture: PixelBuffer) -> PixelBuffer {
        // What was shrunk while decoding may have become a single column: then it is both halves.
        let width = max(1, picture.width / 2)
        return picture.cropped(
            x: side == .left ? 0 : picture.width - width, y: 0, width: width,
            height: picture.height)
    }
}
