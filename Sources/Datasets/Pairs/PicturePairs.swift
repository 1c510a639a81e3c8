import Imaging
public import TensorCore

/// Pairs of pictures at one size, numbered `0 ..< count`. May be used from several threads at once.
public struct PicturePairs: Sendable {
    /// How they are prepared.
    public let configuration: PairConfiguration
    /// What was decided, a line each.
    public let notes: [String]
    /// What was found and cannot be used.
    public let refused: [RefusedPicture]

    private let a: PictureDataset?
    private let b: PictureDataset
    private let maker: PairMaker?
    private let items: [Item]
    private let makingKey: RandomKey

    private struct Item: Sendable {
        var a: Int, b: Int
        var name: String
    }

    /// Opens pairs.
    ///
    /// - Parameters:
    ///   - configuration: Where they come from, and how they are prepared.
    ///   - report: Called once for each picture that turns out to be broken.
    /// - Throws: ``DatasetError`` if a folder cannot be read, or if there is no pair.
    public init(
        _ configuration: PairConfiguration, report: (@Sendable (RefusedPicture) -> Void)? = nil
    ) throws(DatasetError) {
        let jitter = configuration.jitter
        let prepared = PictureDatasetConfiguration(
            height: jitter.enlarged(configuration.height),
            width: jitter.enlarged(configuration.width), channels: .rgb)
        self.configuration = configuration
        makingKey = RandomKey(seed: 0).folded("made pairs")
        switch configuration.source {
        case .sideBySide(let path):
            let source = try PictureSources.open(path: path)
            let left = HalfSource(source, .left)
            let first = try PictureDataset(left, prepared, report: report)
            // What is broken was said once.
            b = try PictureDataset(HalfSource(source, .right), prepared)
            a = first
            maker = nil
            items = (0..<left.count).map { Item(a: $0, b: $0, name: left.name(of: $0)) }
            notes = source.notes
            refused = source.refused
        case .folders(let pathA, let pathB):
            let (sourceA, sourceB) = (
                try PictureSources.open(path: pathA), try PictureSources.open(path: pathB)
            )
            a = try PictureDataset(sourceA, prepared, report: report)
            b = try PictureDataset(sourceB, prepared, report: report)
            maker = nil
            let matches = try Self.matches(sourceA, sourceB)
            items = matches.items
            notes = sourceA.notes + sourceB.notes + matches.notes
            refused = sourceA.refused + sourceB.refused
        case .made(let path, let maker):
            let source = try PictureSources.open(path: path)
            b = try PictureDataset(source, prepared, report: report)
            a = nil
            self.maker = maker
            items = (0..<source.count).map { Item(a: $0, b: $0, name: source.name(of: $0)) }
            notes = source.notes
            refused = source.refused
        }
    }

    private init(_ whole: PicturePairs, _ items: [Item]) {
        configuration = whole.configuration
        notes = whole.notes
        refused = whole.refused
        (a, b, maker) = (whole.a, whole.b, whole.maker)
        makingKey = whole.makingKey
        self.items = items
    }

    /// How many pairs there are.
    public var count: Int { items.count }

    /// The name of a pair: its picture's path inside the source.
    public func name(of index: Int) -> String { items[index].name }

    /// A prepared pair.
    ///
    /// - Parameters:
    ///   - index: Its number.
    ///   - key: From which cut and mirroring follow, and what is made; without one the middle is cut.
    /// - Throws: ``DatasetError`` if one of its pictures is broken.
    public func pair(at index: Int, key: RandomKey? = nil) throws(DatasetError) -> PicturePair {
        precondition(
            items.indices.contains(index),
            "[PicturePairs.pair] expected an index in 0..<\(count), got \(index)")
        let item = items[index]
        let target = cut(try b.picture(at: item.b), key)
        let input: PixelBuffer
        if let maker {
            // Made of what is seen, so that lines are as fine as they will be in use.
            input = maker.input(
                from: target, key: key?.folded("made") ?? makingKey.folded(item.name))
        } else if let a {
            input = cut(try a.picture(at: item.a), key)
        } else {
            preconditionFailure("[PicturePairs] expected pictures or a maker of them, got neither")
        }
        return configuration.isReversed
            ? PicturePair(input: target, target: input) : PicturePair(input: input, target: target)
    }

    /// A prepared pair, or the next one that decodes in its place.
    ///
    /// - Throws: ``DatasetError`` if not one pair decodes.
    public func usablePair(at index: Int, key: RandomKey? = nil) throws(DatasetError) -> PicturePair
    {
        var first: DatasetError?
        for step in 0..<count {
            do throws(DatasetError) {
                return try pair(at: (index + step) % count, key: key)
            } catch {
                first = first ?? error
            }
        }
        throw DatasetError(
            .noUsablePicture, path: configuration.source.paths[0],
            "not one of \(count) pairs can be decoded" + (first.map { "; first: \($0)" } ?? ""),
            advice: "check the disk and the files")
    }

    private func cut(_ picture: PixelBuffer, _ key: RandomKey?) -> PixelBuffer {
        let (width, height) = (configuration.width, configuration.height)
        guard let key else {
            return picture.cropped(
                x: (picture.width - width) / 2, y: (picture.height - height) / 2, width: width,
                height: height)
        }
        return configuration.jitter.cut(picture, width: width, height: height, key: key)
    }

    /// Two parts: one to train on and one to measure with. Which part a pair is in depends on its name
    /// and the key alone. Neither part is empty if there are two pairs or more.
    ///
    /// - Parameters:
    ///   - fraction: The share that is held out, 0 ..< 1; 0 holds nothing out.
    ///   - limit: How many are held out at most.
    ///   - key: What is drawn from.
    public func split(
        holdingOut fraction: Double, atMost limit: Int = .max, key: RandomKey
    ) -> (training: PicturePairs, heldOut: PicturePairs) {
        let chosen = HeldOutChoice.indices(
            of: items.map(\.name), fraction: fraction, limit: limit, key: key)
        return (
            PicturePairs(self, items.indices.filter { !chosen.contains($0) }.map { items[$0] }),
            PicturePairs(self, items.indices.filter { chosen.contains($0) }.map { items[$0] })
        )
    }

    /// At most so many pairs, spread evenly.
    public func thinned(to limit: Int) -> PicturePairs {
        precondition(limit > 0, "[PicturePairs.thinned] expected a positive limit, got \(limit)")
        guard count > limit else { return self }
        return PicturePairs(self, (0..<limit).map { items[$0 * count / limit] })
    }

    /// The pairs of these names, in their order here.
    public func named(_ names: Set<String>) -> PicturePairs {
        PicturePairs(self, items.filter { names.contains($0.name) })
    }

    // MARK: Names

    private static func matches(
        _ a: any PictureSource, _ b: any PictureSource
    ) throws(DatasetError) -> (items: [Item], notes: [String]) {
        var places: [String: Int] = [:]
        for item in (0..<b.count).reversed() { places[stem(b.name(of: item))] = item }
        var items: [Item] = []
        var lonely: [String] = []
        var used: Set<Int> = []
        for item in 0..<a.count {
            let name = a.name(of: item)
            if let place = places[stem(name)] {
                items.append(Item(a: item, b: place, name: name))
                used.insert(place)
            } else {
                lonely.append(name)
            }
        }
        guard !items.isEmpty else {
            throw DatasetError(
                .noUsablePicture, path: a.path,
                "expected pictures named as in \(b.path), found not one: \(a.name(of: 0)) here, "
                    + "\(b.name(of: 0)) there",
                advice: "give the pictures of a pair the same name in both folders; for pictures "
                    + "that are not pairs, use CycleGAN")
        }
        var notes: [String] = []
        if !lonely.isEmpty {
            notes.append(
                "\(lonely.count) pictures of \(a.path) have no partner in \(b.path) and are left "
                    + "out, such as \(lonely[0])")
        }
        if used.count < b.count {
            notes.append(
                "\(b.count - used.count) pictures of \(b.path) have no partner in \(a.path) and are "
                    + "left out")
        }
        return (items, notes)
    }

    /// A path without its extension.
    private static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), !name[dot...].contains("/") else { return name }
        return String(name[..<dot])
    }
}

/// Which pictures are held out, by their names.
enum HeldOutChoice {
    static func indices(
        of names: [String], fraction: Double, limit: Int, key: RandomKey
    ) -> Set<Int> {
        guard fraction > 0, names.count > 1 else { return [] }
        let stream = key.folded("held-out")
        let draws = names.map { stream.folded($0).uniform(0) }
        let order = names.indices.sorted { (draws[$0], $0) < (draws[$1], $1) }
        let below = order.prefix { Double(draws[$0]) < fraction }.count
        let count = min(max(1, min(below, limit)), names.count - 1)
        return Set(order.prefix(count))
    }
}
