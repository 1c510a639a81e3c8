import Datasets
import Files
import Glibc
import Imaging
import TensorCore

/// How a picture that holds a pair is taken apart.
struct PairTaker {
    /// What makes the input from a photograph; nil where both stand side by side.
    let maker: PairMaker?
    /// Whether B is translated to A.
    let isReversed: Bool

    /// The pair in a picture.
    ///
    /// - Parameter resize: Brings one of them to the size that is translated.
    func pair(
        _ picture: PixelBuffer, name: String, resize: (PixelBuffer) throws -> PixelBuffer
    ) throws -> PicturePair {
        let (a, b): (PixelBuffer, PixelBuffer)
        if let maker {
            b = try resize(picture)
            a = maker.input(from: b, key: RandomKey(seed: 0).folded("made pairs").folded(name))
        } else {
            let width = picture.width / 2
            guard width > 0 else { throw Failure("expected two pictures side by side") }
            a = try resize(
                picture.cropped(x: 0, y: 0, width: width, height: picture.height))
            b = try resize(
                picture.cropped(
                    x: picture.width - width, y: 0, width: width, height: picture.height))
        }
        return isReversed ? PicturePair(input: b, target: a) : PicturePair(input: a, target: b)
    }
}

/// The pictures that are to be translated, and where each result goes.
struct TranslationInputs {
    /// One picture.
    struct Item {
        /// Its path, or its name inside a source.
        var name: String
        /// The file of its translation.
        var output: String
        /// Where it is: a source and its number there; nil for a file by itself.
        var place: (source: Int, item: Int)?
    }

    /// What is to be done, in order.
    private(set) var items: [Item] = []
    /// How many were passed over because their outputs are there.
    private(set) var skippedCount = 0
    /// What was found and cannot be used.
    private(set) var refused: [RefusedPicture] = []
    /// How pairs are taken apart, if pictures are pairs.
    let pairs: PairTaker?

    private var sources: [any PictureSource] = []
    private var targets: (any PictureSource)?
    private var targetItems: [String: Int] = [:]
    private let output: String
    private var taken: Set<String> = []

    /// Lists pictures, and makes sure that results can be written before the first is made.
    init(
        _ paths: [String], output: String, targets: String?, pairs: PairTaker?,
        existing: ExistingChoice
    ) throws {
        self.pairs = pairs
        var output = output
        while output.count > 1 && output.hasSuffix("/") { output.removeLast() }
        self.output = output
        try Folder.make(output)
        guard access(output, W_OK) == 0 else {
            throw Failure(
                "\(output): cannot be written: \(String(cString: strerror(errno)).lowercased()); "
                    + "choose another folder with -o")
        }
        for path in paths { try add(path) }
        if let targets {
            let source = try PictureSources.open(path: targets)
            for item in (0..<source.count).reversed() {
                targetItems[Self.stem(source.name(of: item))] = item
            }
            self.targets = source
        }
        guard !items.isEmpty else { throw Failure("\(paths[0]): no picture to translate") }
        try look(existing)
    }

    private mutating func add(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Failure("\(path): \(String(cString: strerror(errno)).lowercased())")
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder || path.lowercased().hasSuffix(".zip") else {
            try refuseOverwriting(Self.parent(path))
            let name = path.split(separator: "/").last.map(String.init) ?? path
            items.append(Item(name: path, output: place(name), place: nil))
            return
        }
        if isFolder { try refuseOverwriting(path) }
        let source = try PictureSources.open(path: path)
        refused += source.refused
        for item in 0..<source.count {
            let name = source.name(of: item)
            items.append(
                Item(name: name, output: place(name), place: (sources.count, item)))
        }
        sources.append(source)
    }

    /// A result must never take the place of what it was made from.
    private func refuseOverwriting(_ folder: String) throws {
        guard TrainingJob.absolutePath(folder) == TrainingJob.absolutePath(output) else { return }
        throw Failure("\(output): the pictures come from there; choose another folder with -o")
    }

    /// The file of a picture's translation: its name as PNG, whole where two differ by the extension
    /// only. Nothing in a name leads out of the folder.
    private mutating func place(_ name: String) -> String {
        let parts = name.split(separator: "/").filter { $0 != ".." && $0 != "." }
        let safe = parts.isEmpty ? "picture" : parts.joined(separator: "/")
        var candidate = Self.stem(safe) + ".png"
        var count = 1
        while !taken.insert(candidate).inserted {
            candidate = count == 1 ? safe + ".png" : "\(Self.stem(safe))-\(count).png"
            count += 1
        }
        return output + "/" + candidate
    }

    private mutating func look(_ existing: ExistingChoice) throws {
        guard existing != .replace else { return }
        var status = stat()
        let there = items.filter { stat($0.output, &status) == 0 }
        guard let first = there.first else { return }
        if existing == .refuse {
            throw Failure(
                "\(first.output) is there already\(there.count > 1 ? ", with \(there.count - 1) more" : ""): "
                    + "give --existing skip to leave what is there, --existing replace to write it "
                    + "anew, or another folder with -o")
        }
        let names = Set(there.map(\.output))
        items.removeAll { names.contains($0.output) }
        skippedCount = there.count
    }

    // MARK: Pictures

    /// The decoded picture of an item, RGB, what is transparent on white; and whether it was grey.
    func picture(_ item: Item) throws -> (picture: PixelBuffer, wasGrey: Bool) {
        let picture =
            try item.place.map { try sources[$0.source].picture(at: $0.item) }
            ?? ImageFile.decode(contentsOf: item.name).pixels
        return (
            picture.converted(to: .rgb, over: .white), [.grey, .greyAlpha].contains(picture.format)
        )
    }

    /// The target of an item by its name; nil where there is none.
    func target(_ item: Item) throws -> PixelBuffer? {
        let name =
            item.place == nil
            ? item.name.split(separator: "/").last.map(String.init) ?? item.name : item.name
        guard let targets, let found = targetItems[Self.stem(name)] else { return nil }
        return try targets.picture(at: found).converted(to: .rgb, over: .white)
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path without its extension.
    static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex,
            !name[dot...].contains("/")
        else { return name }
        return String(name[..<dot])
    }
}
