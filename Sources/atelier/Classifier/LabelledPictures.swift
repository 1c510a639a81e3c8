import Datasets
import Files
import Imaging
import Networks
import TensorCore

/// Pictures with classes in memory, as a classifier gets them.
struct LabelledPictures {
    /// `[N, H, W, C]`.
    private(set) var bytes: [UInt8] = []
    /// `[N]`.
    private(set) var labels: [Int32] = []
    /// The names of the classes, in the order of the labels.
    let classNames: [String]

    /// How many there are.
    var count: Int { labels.count }

    /// Reads every picture of a set that decodes; the set has reported the others.
    ///
    /// - Parameter classNames: The classes by whose order the labels are to go; the set's own unless
    ///   given.
    /// - Throws: A failure that names a class that is not among them.
    init(_ dataset: PictureDataset, classNames: [String]? = nil) throws {
        let own = dataset.classNames
        let wanted = classNames ?? own
        self.classNames = wanted
        var places: [Int32] = []
        for name in own {
            guard let place = wanted.firstIndex(of: name) else {
                throw Failure(
                    "\(dataset.source.path): class '\(name)' is not one that the network tells apart: "
                        + wanted.prefix(12).joined(separator: ", ")
                        + (wanted.count > 12 ? ", ..." : ""))
            }
            places.append(Int32(place))
        }
        for index in 0..<dataset.count {
            guard let label = dataset.label(of: index) else { continue }
            do throws(DatasetError) {
                bytes += try dataset.picture(at: index).bytes
                labels.append(places[label])
            } catch { continue }
        }
        guard count > 0 else {
            throw Failure(
                "\(dataset.source.path): no picture with a class can be decoded; 'atelier dataset "
                    + "check' names what is wrong")
        }
    }

    /// SHA-256 over sizes, classes, labels and pixels.
    func digest(_ shape: PictureShape) -> String {
        var hash = ContentDigest()
        hash.update(Array("\(shape)\n\(classNames.joined(separator: "\n"))\n".utf8))
        labels.withUnsafeBytes { hash.update($0) }
        hash.update(bytes)
        return hash.finish()
    }
}

/// Data for a classifier, opened.
enum ClassifierData {
    /// A set as a network takes it.
    static func open(
        _ path: String, shape: PictureShape, split: SourceSplit
    ) throws -> PictureDataset {
        let channels: ChannelChoice =
            switch shape.channels {
            case 1: .grey
            case 4: .rgba
            default: .rgb
            }
        return try open(
            path, size: PictureSize(width: shape.width, height: shape.height), channels, split)
    }

    /// A set at a size, or at its own where a classifier takes that.
    ///
    /// - Parameter split: Which part of MNIST's or CIFAR's files.
    static func open(
        _ path: String, size: PictureSize?, split: SourceSplit
    ) throws -> PictureDataset {
        try open(path, size: size, .automatic, split)
    }

    private static func open(
        _ path: String, size: PictureSize?, _ channels: ChannelChoice, _ split: SourceSplit
    ) throws -> PictureDataset {
        let source = try PictureSources.open(path: path, options: .init(split: split))
        let size = size ?? commonSize(source)
        let dataset = try PictureDataset(
            source,
            .init(height: size.height, width: size.width, channels: channels, requiresLabels: true)
        ) { Console.error("atelier: skipping \($0.name): \($0.reason)") }
        guard dataset.classNames.count >= 2 else {
            throw Failure(
                "\(path): expected two classes or more, found \(dataset.classNames.count); put the "
                    + "pictures of each class into a sub-folder of its own")
        }
        return dataset
    }

    /// The size that all pictures have, if a classifier takes it; else 32x32.
    private static func commonSize(_ source: any PictureSource) -> PictureSize {
        let first = source.header(of: 0)
        let range = 8...64
        let isCommon = (0..<source.count).allSatisfy {
            let header = source.header(of: $0)
            return (header.width, header.height) == (first.width, first.height)
        }
        guard isCommon, range.contains(first.width), range.contains(first.height) else {
            return PictureSize(width: 32, height: 32)
        }
        return PictureSize(width: first.width, height: first.height)
    }
}
