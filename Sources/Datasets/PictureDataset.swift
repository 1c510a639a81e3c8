public import Imaging
public import TensorCore

/// The pictures of a source at one size and with the same channels, numbered `0..<count`.
///
/// A picture whose header is sound and whose pixels turn out to be broken is reported once, and the
/// next one that decodes stands in for it: the order of the batches stays repeatable. Copies and
/// parts share one cache. May be used from several threads at once.
public struct PictureDataset: Sendable {
    let store: PictureStore
    private let items: [Int]

    /// What was decided, a line each.
    public let notes: [String]
    /// Whether every picture has a label.
    public let hasLabels: Bool

    /// Prepares the pictures of a source.
    ///
    /// - Parameters:
    ///   - source: The pictures.
    ///   - configuration: Their size, channels and crop.
    ///   - report: Called once for each picture that turns out to be broken, from any thread.
    /// - Throws: ``DatasetError`` if no picture is left.
    public init(
        _ source: any PictureSource, _ configuration: PictureDatasetConfiguration,
        report: (@Sendable (RefusedPicture) -> Void)? = nil
    ) throws(DatasetError) {
        var items = Array(0..<source.count)
        var notes: [String] = []
        if configuration.requiresLabels {
            items = items.filter { source.label(of: $0) != nil }
            if items.count < source.count {
                notes.append("\(source.count - items.count) pictures without a label are left out")
            }
        }
        guard !items.isEmpty else {
            throw DatasetError(
                .noUsablePicture, path: source.path,
                configuration.requiresLabels ? "no picture has a label" : "no picture is left",
                advice: "put classes into sub-folders or add a labels.csv")
        }
        let format = try Self.format(for: items, of: source, configuration.channels)
        store = PictureStore(
            source: source, configuration: configuration, format: format, report: report)
        self.items = items
        hasLabels = items.allSatisfy { source.label(of: $0) != nil }
        if !hasLabels && !source.classNames.isEmpty {
            notes.append("some pictures have no label, so labels are not used")
        }
        self.notes = notes
    }

    private init(_ whole: PictureDataset, items: [Int]) {
        store = whole.store
        self.items = items
        notes = whole.notes
        hasLabels = whole.hasLabels
    }

    /// How many pictures there are.
    public var count: Int { items.count }
    /// Rows of every picture.
    public var height: Int { store.configuration.height }
    /// Columns of every picture.
    public var width: Int { store.configuration.width }
    /// The channels of every picture.
    public var format: PixelFormat { store.format }
    /// Where the pictures come from.
    public var source: any PictureSource { store.source }
    /// How they are prepared.
    public var configuration: PictureDatasetConfiguration { store.configuration }
    /// The names of the classes in the order of their labels; empty unless ``hasLabels``.
    public var classNames: [String] { hasLabels ? source.classNames : [] }
    /// The pictures that turned out to be broken so far, of all parts that share the cache.
    public var broken: [RefusedPicture] { store.broken }
    /// Bytes of prepared pictures now in memory, of all parts that share the cache.
    public var cachedBytes: Int { store.keptBytes }

    /// The name of a picture in its source.
    public func name(of index: Int) -> String { source.name(of: items[index]) }
    /// The class of a picture, or nil unless ``hasLabels``.
    public func label(of index: Int) -> Int? { hasLabels ? source.label(of: items[index]) : nil }

    /// A prepared picture.
    ///
    /// - Parameters:
    ///   - index: Its number in the set.
    ///   - cropKey: Where ``CropStyle/random`` cuts; without one it cuts in the middle.
    /// - Throws: ``DatasetError`` if its pixels are broken.
    public func picture(at index: Int, cropKey: RandomKey? = nil) throws(DatasetError)
        -> PixelBuffer
    {
        precondition(
            items.indices.contains(index),
            "[PictureDataset.picture] expected an index in 0..<\(count), got \(index)")
        let picture = try store.picture(of: items[index])
        if picture.width == width && picture.height == height { return picture }
        let (freeColumns, freeRows) = (picture.width - width, picture.height - height)
        return picture.cropped(
            x: cropKey?.integer(0, below: freeColumns + 1) ?? freeColumns / 2,
            y: cropKey?.integer(1, below: freeRows + 1) ?? freeRows / 2, width: width,
            height: height)
    }

    /// A prepared picture, or the next one that decodes in its place.
    ///
    /// - Throws: ``DatasetError`` if not one picture decodes.
    public func usablePicture(
        at index: Int, cropKey: RandomKey? = nil
    ) throws(DatasetError) -> (picture: PixelBuffer, index: Int) {
        var first: DatasetError?
        for step in 0..<count {
            let candidate = (index + step) % count
            do throws(DatasetError) {
                return (try picture(at: candidate, cropKey: cropKey), candidate)
            } catch {
                first = first ?? error
            }
        }
        throw DatasetError(
            .noUsablePicture, path: source.path,
            "not one of \(count) pictures can be decoded" + (first.map { "; first: \($0)" } ?? ""),
            advice: "check the disk and the files")
    }

    /// Two parts: one to train on and one to measure with, such as 5% of the pictures.
    ///
    /// Whether a picture is held out depends on its name and the key alone, so pictures that are
    /// added later do not move others across. Neither part is empty if there are two pictures or
    /// more.
    public func split(
        holdingOut fraction: Double, key: RandomKey
    ) -> (training: PictureDataset, heldOut: PictureDataset) {
        precondition(
            fraction > 0 && fraction < 1,
            "[PictureDataset.split] expected a fraction between 0 and 1, got \(fraction)")
        precondition(
            count >= 2, "[PictureDataset.split] expected two pictures or more, got \(count)")
        let stream = key.folded("held-out")
        let draws = items.map { stream.folded(source.name(of: $0)).uniform(0) }
        var isHeldOut = draws.map { Double($0) < fraction }
        let order = items.indices.sorted { (draws[$0], $0) < (draws[$1], $1) }
        if let lowest = order.first { isHeldOut[lowest] = true }
        if let highest = order.last { isHeldOut[highest] = false }
        return (
            PictureDataset(self, items: items.indices.filter { !isHeldOut[$0] }.map { items[$0] }),
            PictureDataset(self, items: items.indices.filter { isHeldOut[$0] }.map { items[$0] })
        )
    }

    private static func format(
        for items: [Int], of source: any PictureSource, _ choice: ChannelChoice
    ) throws(DatasetError) -> PixelFormat {
        switch choice {
        case .grey: return .grey
        case .rgb: return .rgb
        case .rgba: return .rgba
        case .automatic, .automaticWithAlpha: break
        }
        if choice == .automaticWithAlpha {
            // A header only says that there could be transparency; the pixels say whether there is.
            for item in items where source.header(of: item).format.hasAlpha {
                if let picture = try? source.picture(at: item), picture.isTransparentSomewhere {
                    return .rgba
                }
            }
        }
        let allGrey = items.allSatisfy { source.header(of: $0).format.channelCount <= 2 }
        return allGrey ? .grey : .rgb
    }
}

extension PixelBuffer {
    /// Whether any pixel is not wholly opaque.
    var isTransparentSomewhere: Bool {
        guard format.hasAlpha else { return false }
        var place = format.channelCount - 1
        while place < bytes.count {
            if bytes[place] != 255 { return true }
            place += format.channelCount
        }
        return false
    }

    /// Whether red, green and blue are equal in every pixel.
    var isColourless: Bool {
        guard format.channelCount >= 3 else { return true }
        var place = 0
        while place < bytes.count {
            if bytes[place] != bytes[place + 1] || bytes[place] != bytes[place + 2] { return false }
            place += format.channelCount
        }
        return true
    }
}
