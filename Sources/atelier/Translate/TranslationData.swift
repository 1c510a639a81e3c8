import Datasets
import Files
import Glibc
import Imaging
import TensorCore
import Training

/// The pictures of a translation run: those it learns from, and those it is measured with.
struct TranslationData {
    /// The two kinds of data.
    enum Pictures {
        case pairs(training: PicturePairs, heldOut: PicturePairs)
        case unpaired(training: UnpairedPictures, heldOut: UnpairedPictures)
    }

    let pictures: Pictures

    /// Opens what a configuration names.
    ///
    /// - Parameter say: Gets what a person should know, a line each.
    init(
        _ data: TranslationRunConfiguration.DataConfiguration, _ method: TranslationMethod,
        seed: UInt64, say: (String) -> Void
    ) throws {
        let key = RandomKey(seed: seed).folded("held-out")
        switch method {
        case .pix2pix:
            func pairs(_ source: PairSource, _ jitter: PictureJitter) throws -> PicturePairs {
                try PicturePairs(
                    PairConfiguration(
                        source: source, height: data.height, width: data.width,
                        isReversed: data.isReversed, jitter: jitter),
                    report: TrainingJob.warnBroken)
            }
            let all = try pairs(data.training, data.jitter)
            for note in all.notes { say(note) }
            Self.report(all.refused)
            if let source = data.heldOut {
                pictures = .pairs(
                    training: all,
                    heldOut: try pairs(source, .none).thinned(to: data.heldOutLimit))
            } else {
                let parts = all.split(
                    holdingOut: data.heldOutShare, atMost: data.heldOutLimit, key: key)
                // Measured as they are in use: whole, not cut out of larger ones.
                let names = Set((0..<parts.heldOut.count).map { parts.heldOut.name(of: $0) })
                pictures = .pairs(
                    training: parts.training,
                    heldOut: try pairs(data.training, .none).named(names))
            }
        case .cyclegan:
            func unpaired(_ source: PairSource, _ jitter: PictureJitter) throws -> UnpairedPictures
            {
                let paths = source.paths
                let (a, b) = (
                    try PictureSources.open(path: paths[0]),
                    try PictureSources.open(path: paths.count > 1 ? paths[1] : paths[0])
                )
                if jitter != .none {
                    for note in a.notes + b.notes { say(note) }
                    Self.report(a.refused + b.refused)
                }
                return try UnpairedPictures(
                    a: data.isReversed ? b : a, b: data.isReversed ? a : b, height: data.height,
                    width: data.width, jitter: jitter, report: TrainingJob.warnBroken)
            }
            let all = try unpaired(data.training, data.jitter)
            if let source = data.heldOut {
                pictures = .unpaired(training: all, heldOut: try unpaired(source, .none))
            } else {
                let whole = try unpaired(data.training, .none)
                pictures = .unpaired(
                    training: all.split(
                        holdingOut: data.heldOutShare, atMost: data.heldOutLimit, key: key
                    ).training,
                    heldOut: whole.split(
                        holdingOut: data.heldOutShare, atMost: data.heldOutLimit, key: key
                    ).heldOut)
            }
        }
    }

    /// Pairs, or pictures of the kind with more: what an epoch shows.
    var count: Int {
        switch pictures {
        case .pairs(let training, _): training.count
        case .unpaired(let training, _): max(training.a.count, training.b.count)
        }
    }

    /// How many there are, in words.
    var text: String {
        switch pictures {
        case .pairs(let training, let heldOut):
            "\(training.count) pairs, \(heldOut.count) held out"
        case .unpaired(let training, let heldOut):
            "\(training.a.count) pictures of A and \(training.b.count) of B, \(heldOut.a.count) and "
                + "\(heldOut.b.count) held out"
        }
    }

    /// The batches of a run from a position on.
    func stream(batchSize: Int, seed: UInt64, startingAt position: Int) -> PairStream {
        let key = RandomKey(seed: seed).folded("data")
        switch pictures {
        case .pairs(let training, _):
            return PairStream(training, batchSize: batchSize, key: key, startingAt: position)
        case .unpaired(let training, _):
            return PairStream(training, batchSize: batchSize, key: key, startingAt: position)
        }
    }

    private static func report(_ refused: [RefusedPicture]) {
        for refused in refused.prefix(5) { TrainingJob.warnBroken(refused) }
        if refused.count > 5 { Console.error("atelier: and \(refused.count - 5) more") }
    }
}

/// Finds the parts of a data set in its folders.
enum TranslationFolders {
    /// A folder's part for training, and that for measuring: `train` and `val` or `test` inside, as
    /// data sets of this field come.
    static func parts(_ path: String) -> (training: String, heldOut: String?) {
        guard let training = inside(path, ["train"]) else { return (path, nil) }
        return (training, inside(path, ["val", "test"]))
    }

    /// Both kinds inside a folder: `trainA` and `trainB`, or `A` and `B`, with `testA` and `testB` or
    /// `valA` and `valB`.
    static func kinds(_ path: String) -> (training: PairSource, heldOut: PairSource?)? {
        for stem in ["train", ""] {
            guard let a = inside(path, [stem + "A"]), let b = inside(path, [stem + "B"]) else {
                continue
            }
            for other in ["val", "test"] {
                if let otherA = inside(path, [other + "A"]),
                    let otherB = inside(path, [other + "B"])
                {
                    return (.folders(a: a, b: b), .folders(a: otherA, b: otherB))
                }
            }
            return (.folders(a: a, b: b), nil)
        }
        return nil
    }

    private static func inside(_ path: String, _ names: [String]) -> String? {
        for name in names {
            var status = stat()
            let child = path + "/" + name
            if stat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return child }
        }
        return nil
    }
}
