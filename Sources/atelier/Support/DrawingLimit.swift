import Imaging

/// What is drawn in memory at most.
enum DrawingLimit {
    /// Pixels of one picture: 1.2 GB as RGB.
    private static let mostPixels = 400_000_000
    /// What every side must be within: PNG's own limit.
    private static let mostSide = 0x7fff_ffff

    /// The pixels of a picture of a size; nil where there are too many.
    static func pixels(width: Int, height: Int) -> Int? {
        guard (1...mostSide).contains(width), (1...mostSide).contains(height) else { return nil }
        // Two factors below 2^31 do not overflow.
        let pixels = width * height
        return pixels <= mostPixels ? pixels : nil
    }
}

extension PictureGrid {
    /// Refuses a grid that is too large to be drawn, before the first of its pictures is made.
    ///
    /// - Parameters:
    ///   - count: How many pictures.
    ///   - width: Pixels in a row of the widest of them, before `scale`.
    ///   - height: Rows of the tallest.
    ///   - advice: What to do instead.
    /// - Throws: A failure that tells the size.
    func checkSize(count: Int, width: Int, height: Int, advice: String) throws {
        let size = self.size(count: count, width: width, height: height)
        if let size, DrawingLimit.pixels(width: size.width, height: size.height) != nil { return }
        let pixels = size.map { " of \($0.width)x\($0.height) pixels" } ?? ""
        throw Failure(
            "one file with \(count) pictures of \(width)x\(height) (--scale \(scale), --padding "
                + "\(padding)\(columns.map { ", \($0) columns" } ?? "")) would be a picture\(pixels), "
                + "too large to draw: \(advice)")
    }
}
