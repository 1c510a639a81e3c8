import Imaging

/// Decodes, resizes and converts the pictures of a source, and keeps as many as its budget allows.
///
/// Pictures are kept until the budget is spent and then never replaced: a shuffled epoch uses each
/// picture once, so one that was thrown out would have been wanted as soon as the one that took its
/// place (a least-recently-used cache smaller than the set gets fewer hits than one that stands
/// still).
final class PictureStore: Sendable {
    let source: any PictureSource
    let configuration: PictureDatasetConfiguration
    let format: PixelFormat
    private let report: (@Sendable (RefusedPicture) -> Void)?
    private let state: Monitor<State>

    private struct State {
        var kept: [Int: PixelBuffer] = [:]
        var keptBytes = 0
        var broken: [Int: DatasetError] = [:]
    }

    /// How many times as long as the cut a picture may be that is cut at random.
    private static let longestRandomCrop = 8

    /// What one picture costs besides its bytes: the array's header and its place in the table.
    private static let overheadBytes = 128

    init(
        source: any PictureSource, configuration: PictureDatasetConfiguration, format: PixelFormat,
        report: (@Sendable (RefusedPicture) -> Void)?
    ) {
        self.source = source
        self.configuration = configuration
        self.format = format
        self.report = report
        state = Monitor(State())
    }

    /// The pictures that turned out to be broken when they were decoded.
    var broken: [RefusedPicture] {
        state.change { $0.broken }.sorted { $0.key < $1.key }.map {
            RefusedPicture(name: source.name(of: $0.key), reason: $0.value.reason)
        }
    }

    /// Bytes of prepared pictures now in memory.
    var keptBytes: Int { state.change { $0.keptBytes } }

    /// An item at the size of the data set, except that with ``CropStyle/random`` the longer side
    /// is still uncut.
    func picture(of item: Int) throws(DatasetError) -> PixelBuffer {
        let (kept, failure) = state.change { ($0.kept[item], $0.broken[item]) }
        if let kept { return kept }
        if let failure { throw failure }
        let picture: PixelBuffer
        do {
            picture = prepare(try source.picture(at: item, leastScale: leastScale(of: item)))
        } catch {
            let isNew = state.change { $0.broken.updateValue(error, forKey: item) == nil }
            if isNew { report?(RefusedPicture(name: source.name(of: item), reason: error.reason)) }
            throw error
        }
        let cost = picture.bytes.count + Self.overheadBytes
        state.change { state in
            guard state.keptBytes + cost <= configuration.cacheBytes, state.kept[item] == nil else {
                return
            }
            state.kept[item] = picture
            state.keptBytes += cost
        }
        return picture
    }

    /// How much smaller an item may come from its decoder: at least twice as large as it is wanted,
    /// so that the filter of the data set still decides what it looks like.
    private func leastScale(of item: Int) -> Double {
        let header = source.header(of: item)
        let ratios = (
            Double(configuration.width) / Double(max(1, header.width)),
            Double(configuration.height) / Double(max(1, header.height))
        )
        let ratio =
            switch configuration.crop {
            case .fit: min(ratios.0, ratios.1)
            case .centre, .random: max(ratios.0, ratios.1)
            }
        return min(1, 2 * ratio)
    }

    private func prepare(_ picture: PixelBuffer) -> PixelBuffer {
        let level = configuration.background
        let background = RGBColour(red: level, green: level, blue: level)
        let (height, width) = (configuration.height, configuration.width)
        let filter = configuration.filter.resizeFilter
        // Converted first where that leaves fewer channels to resize. Transparency is kept until
        // after, so that what is behind it does not bleed into the edges.
        var picture = picture
        if !picture.format.hasAlpha && picture.format.channelCount > format.channelCount {
            picture = picture.converted(to: format, over: background)
        }
        switch configuration.crop {
        case .centre:
            picture = picture.fitted(width: width, height: height, crop: .centre, filter: filter)
        case .fit:
            picture = picture.fitted(
                width: width, height: height, crop: .fit(fill: background), filter: filter)
        case .random:
            picture = Self.withoutFarEnds(of: picture, height: height, width: width)
            let cover = Self.coverSize(of: picture, height: height, width: width)
            picture = picture.resized(width: cover.width, height: cover.height, filter: filter)
        }
        return picture.format == format ? picture : picture.converted(to: format, over: background)
    }

    /// The middle of a picture that is more than so many times as long as what is cut from it: a
    /// line of 65,535 pixels would else be kept at 65,535 times the size of the cut.
    private static func withoutFarEnds(
        of picture: PixelBuffer, height: Int, width: Int
    ) -> PixelBuffer {
        let mostWidth = max(1, picture.height * width * longestRandomCrop / height)
        let mostHeight = max(1, picture.width * height * longestRandomCrop / width)
        guard picture.width > mostWidth || picture.height > mostHeight else { return picture }
        let (partWidth, partHeight) = (
            min(picture.width, mostWidth), min(picture.height, mostHeight)
        )
        return picture.cropped(
            x: (picture.width - partWidth) / 2, y: (picture.height - partHeight) / 2,
            width: partWidth, height: partHeight)
    }

    /// The smallest size of the picture's own shape that covers a size.
    private static func coverSize(
        of picture: PixelBuffer, height: Int, width: Int
    ) -> (height: Int, width: Int) {
        if picture.width * height >= picture.height * width {
            // Wider than asked for.
            let scaled = (picture.width * height + picture.height / 2) / picture.height
            return (height, max(width, scaled))
        }
        let scaled = (picture.height * width + picture.width / 2) / picture.width
        return (max(height, scaled), width)
    }
}
